import { Button, type ButtonProps, Menu, type MenuItemProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

type Anchor = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'style' | 'color'> & { ref?: Ref<HTMLAnchorElement> }

/** A link that looks like a button, and one that stands in a menu; both know the app's addresses. */
export const ButtonLink = createLink((props: ButtonProps & Anchor) => <Button component="a" {...props} />)
export const MenuLink = createLink((props: MenuItemProps & Anchor) => <Menu.Item component="a" {...props} />)
