import { Button } from '@mantine/core'
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router'
import { Problem } from '../api.ts'

const TITLES: Record<number, string> = {
  0: 'No connection',
  401: 'You are signed out',
  403: 'Not yours to do',
  404: 'Not found',
}

/** Something went wrong, said kindly; with a way on. */
export function Trouble({ error }: Pick<ErrorComponentProps, 'error'>) {
  const router = useRouter()
  const status = error instanceof Problem ? error.status : 500
  const words = error instanceof Error ? error.message : 'Something of ours broke. Nothing was half done; try again.'
  return (
    <section className="card">
      <h1>{TITLES[status] ?? 'That did not work'}</h1>
      <p>{words}</p>
      {status === 401 || status === 403 ? (
        // Not a link of the app: who one is now, and where that leads, is asked anew.
        <Button component="a" href="/">
          {status === 401 ? 'Sign in' : 'To your first page'}
        </Button>
      ) : (
        <Button onClick={() => void router.invalidate()}>Try again</Button>
      )}
    </section>
  )
}

export function NotFound() {
  return (
    <section className="card">
      <h1>Not found</h1>
      <p>There is nothing at this address.</p>
      <Link to="/">To the first page</Link>
    </section>
  )
}
