import { Button, Popover } from '@mantine/core'
import { type ReactNode, useState } from 'react'

export interface Group {
  title?: string
  choices: { id: string; words: ReactNode; choose: () => void }[]
}

/**
 * A button and the choices that it opens, in groups; what stands among the children follows them. Not a menu, which may
 * have no titles and fields; and in the page where it stands, so that it is read as a piece of its part.
 */
export function Choices({
  name,
  label = name,
  size,
  isDisabled,
  groups,
  children,
}: {
  name: string
  label?: string
  size?: 'md'
  isDisabled: boolean
  groups: Group[]
  children?: ReactNode
}) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Popover
      opened={isOpen && !isDisabled}
      onChange={setOpen}
      position="bottom-end"
      shadow="md"
      withinPortal={false}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          {...(size ? { size } : {})}
          className="opens"
          disabled={isDisabled}
          aria-label={label}
          onClick={() => setOpen(!isOpen)}
        >
          {name}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="choices">
        {groups.map(({ title, choices }) => (
          <div key={title ?? ''}>
            {title && <p className="soft">{title}</p>}
            {choices.map(({ id, words, choose }) => (
              <Button
                key={id}
                variant="subtle"
                fullWidth
                justify="flex-start"
                onClick={() => {
                  setOpen(false)
                  choose()
                }}
              >
                {words}
              </Button>
            ))}
          </div>
        ))}
        {children}
      </Popover.Dropdown>
    </Popover>
  )
}
