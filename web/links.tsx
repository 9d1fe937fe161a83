import { Button, type ButtonProps, Menu, type MenuItemProps } from '@mantine/core'
import { createLink, Link } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'
import { useMe } from './me.ts'

type Anchor = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'style' | 'color'> & { ref?: Ref<HTMLAnchorElement> }

/** A link that looks like a button, and one that stands in a menu; both know the app's addresses. */
export const ButtonLink = createLink((props: ButtonProps & Anchor) => <Button component="a" {...props} />)
export const MenuLink = createLink((props: MenuItemProps & Anchor) => <Menu.Item component="a" {...props} />)

/** The page of a session is for ops; for a mentor the line says it all. */
export function SessionLink({ id, children }: { id: string; children: ReactNode }) {
  const { ops } = useMe()
  if (!ops) return children
  return (
    <Link to="/sessions/$id" params={{ id }}>
      {children}
    </Link>
  )
}
