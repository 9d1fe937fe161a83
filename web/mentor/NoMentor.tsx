import { useMe } from '../me.ts'

/** These pages are about somebody's own time; whoever mentors nobody has none here. */
export const NoMentor = () => (
  <section className="card empty">
    <h1>These pages are for mentors</h1>
    <p>
      {useMe().ops && 'Choose a mentor under People to see theirs. '}
      <a href="/?own">Your own sessions</a> are on the first page.
    </p>
  </section>
)
