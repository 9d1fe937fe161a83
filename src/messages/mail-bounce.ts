import PostalMime from 'postal-mime'

export type Bounce = { messageId: string; code: string; address: string; permanent: boolean }

/**
 * What a returned mail says (RFC 3464): which of our mails, to whom, why. Null for anything that is not the final failure of one:
 * delays, automatic answers, mail of people.
 */
export async function readBounce(raw: Buffer): Promise<Bounce | null> {
  const mail = await PostalMime.parse(raw, { attachmentEncoding: 'utf8' })
  const part = (type: string): string => {
    const found = mail.attachments.find(({ mimeType }) => mimeType === type)
    return typeof found?.content === 'string' ? found.content : ''
  }
  const status = part('message/delivery-status')
  const original = part('text/rfc822-headers') || part('message/rfc822') || (mail.text ?? '')
  const field = (text: string, name: string): string =>
    new RegExp(`^${name}:[ \\t]*(.+)$`, 'im').exec(text)?.[1]?.trim() ?? ''

  const messageId = field(original, 'Message-ID')
  const address = field(status, 'Final-Recipient').replace(/^rfc822;\s*/i, '')
  const code = field(status, 'Status')
  if (field(status, 'Action').toLowerCase() !== 'failed' || !messageId || !/^[245]\.\d{1,3}\.\d{1,3}$/.test(code))
    return null
  // 5.1.x: there is no such mailbox. 5.2.x and 5.7.x (full, policy) say nothing about the next mail.
  return {
    messageId: messageId.slice(0, 500),
    address: address.slice(0, 254),
    code,
    permanent: code.startsWith('5.1.'),
  }
}
