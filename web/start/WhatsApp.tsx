import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { queries } from '../queries.ts'
import { changeOwn, consentOwn, type Steps } from './steps.ts'

/** Yes with a number, or no; both can be changed at any time. */
export function WhatsApp({ id, steps: { whatsapp }, isOwn }: { id: string; steps: Steps; isOwn: boolean }) {
  const [phone, setPhone] = useState(whatsapp.phone ?? '')
  const say = useMutation({
    mutationFn: async (yes: boolean) => {
      if (yes) await changeOwn(id, { phone: phone.trim() || null, channels: ['whatsapp', 'email'] })
      await consentOwn(id, {
        channel: 'whatsapp',
        given: yes,
        ...(yes ? { source: 'first steps page' } : {}),
      })
    },
    onSuccess: () => queries.invalidateQueries(),
  })
  const sentence = {
    yes: `Yes: reminders, changes and who is late come to ${whatsapp.phone} as well as by mail.`,
    no: 'No: everything comes by mail only.',
    open: 'May we write to you on WhatsApp about your sessions? Reminders and who is late reach you sooner there. Mail comes in any case.',
  }[whatsapp.state]
  return (
    <>
      <p>{sentence}</p>
      {isOwn && (
        <form
          className="form-line"
          onSubmit={(event) => {
            event.preventDefault()
            say.mutate(true)
          }}
        >
          {whatsapp.state !== 'yes' && (
            <>
              <TextInput
                type="tel"
                label="Number with country code"
                placeholder="+91 98765 43210"
                autoComplete="tel"
                maxLength={40}
                required
                value={phone}
                error={say.error?.message}
                onChange={({ currentTarget }) => setPhone(currentTarget.value)}
              />
              <Button type="submit" variant={whatsapp.state === 'open' ? 'filled' : 'default'} loading={say.isPending}>
                Yes, write to me there
              </Button>
            </>
          )}
          {whatsapp.state !== 'no' && (
            <Button onClick={() => say.mutate(false)} disabled={say.isPending}>
              {whatsapp.state === 'yes' ? 'No more WhatsApp' : 'No, mail is enough'}
            </Button>
          )}
        </form>
      )}
    </>
  )
}
