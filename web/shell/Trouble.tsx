import { Button } from '@mantine/core'
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Problem } from '../api.ts'

const TITLES: Record<number, string> = {
  0: 'No connection',
  401: 'You are signed out',
  403: 'Not yours to see',
  404: 'Not found',
}

/** Something went wrong, said kindly; with a way on. */
export function Trouble({ error }: Pick<ErrorComponentProps, 'error'>) {
  const router = useRouter()
  const status = error instanceof Problem ? error.status : 500
  const words = error instanceof Error ? error.message : 'Something of ours broke. Nothing was half done; try again.'
  return (
    <Card title={TITLES[status] ?? 'That did not work'} words={words}>
      {status === 401 ? (
        <Home>Sign in</Home>
      ) : isFinal(error) ? (
        <Home>To your first page</Home>
      ) : (
        <Button onClick={() => void router.invalidate()}>Try again</Button>
      )}
    </Card>
  )
}

/** Asking again would be answered the same: it is not there, or not for whoever asks. */
export const isFinal = (error: unknown): boolean => error instanceof Problem && [403, 404].includes(error.status)

/** A page of ops, opened by somebody else. */
export const NotYours = () => (
  <Card title="Not yours to see" words="This page is for ops, who run the programmes.">
    <Home>To your first page</Home>
  </Card>
)

export const NotFound = () => (
  <Card title="Not found" words="There is nothing at this address. It may be mistyped, or something that is gone.">
    <Home>To your first page</Home>
  </Card>
)

const Card = ({ title, words, children }: { title: string; words: string; children: ReactNode }) => (
  <section className="card empty">
    <h1>{title}</h1>
    <p>{words}</p>
    {children}
  </section>
)

/** Not a link of the app: who one is now, and where that leads, is asked anew. */
const Home = ({ children }: { children: string }) => (
  <Button component="a" href="/">
    {children}
  </Button>
)
