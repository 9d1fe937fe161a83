/** When the personal link leads into the room: from a quarter of an hour before the start to an hour after the end. */
export const joinOpensAt = ({ startsAt }: { startsAt: Temporal.Instant }): Temporal.Instant =>
  startsAt.subtract({ minutes: 15 })
export const joinClosesAt = ({ endsAt }: { endsAt: Temporal.Instant }): Temporal.Instant => endsAt.add({ hours: 1 })
