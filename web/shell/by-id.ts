import { notFound } from '@tanstack/react-router'

const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** A page of one thing: what cannot be anybody's id is not asked for. */
export function byId({ params }: { params: { id: string } }): void {
  if (!ID.test(params.id)) throw notFound()
}
