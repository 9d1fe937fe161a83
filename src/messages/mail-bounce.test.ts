import { expect, test } from 'vitest'
import { readBounce } from './mail-bounce.ts'

const returned = (status: string, action = 'failed') =>
  Buffer.from(
    [
      'From: Mail Delivery System <mailer-daemon@mx.example>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      '',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.example',
      '',
      'Final-Recipient: rfc822; asha@example.com',
      `Action: ${action}`,
      `Status: ${status}`,
      '',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      'Message-ID: <one@punctual.example>',
      '',
      '--b--',
      '',
    ].join('\r\n'),
  )

test('a mailbox that does not exist is told from one that is full', async () => {
  const gone = await readBounce(returned('5.1.1'))
  expect(gone).toEqual({
    messageId: '<one@punctual.example>',
    address: 'asha@example.com',
    code: '5.1.1',
    permanent: true,
  })
  expect((await readBounce(returned('5.2.2')))?.permanent).toBe(false)
})

test('a delay, an automatic answer and rubbish are no bounces', async () => {
  expect(await readBounce(returned('4.4.1', 'delayed'))).toBeNull()
  expect(await readBounce(Buffer.from('Subject: I am on holiday\r\n\r\nBack on Monday.'))).toBeNull()
  expect(await readBounce(Buffer.from([0, 255, 10, 13]))).toBeNull()
})
