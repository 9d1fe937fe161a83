import { Menu, UnstyledButton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
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
        <Menu.Item component={Link} to="/sessions/$id" params={{ id } as never}>
          Open
        </Menu.Item>
        {SHOWN.filter((act) => acts.includes(act)).map((act) => (
          <Menu.Item key={act} component={Link} to="/sessions/$id" params={{ id } as never} search={{ act } as never}>
            {ACTS[act]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
