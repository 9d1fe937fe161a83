import { Menu, UnstyledButton } from '@mantine/core'
import { MenuLink } from '../links.tsx'
import { ACTS } from '../words.ts'
import type { Row } from './arrange.ts'

const SHOWN = ['move', 'cancel', 'verdict'] as const

/** What can be done with a session, each leading to the sheet that shows its effects first. */
export function RowActions({ session: { sessionId: id, people, acts } }: { session: Row }) {
  const name = people.find(({ role }) => role === 'mentee')?.name ?? 'this session'
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <UnstyledButton data-actions className="dots" aria-label={`What can be done with ${name}`}>
          ⋯
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <MenuLink to="/sessions/$id" params={{ id }}>
          Open
        </MenuLink>
        {SHOWN.filter((act) => acts.includes(act)).map((act) => (
          <MenuLink key={act} to="/sessions/$id" params={{ id }} search={{ act }}>
            {ACTS[act]}
          </MenuLink>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
