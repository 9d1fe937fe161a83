import { type Config, mustUpgradeMail } from '../config.ts'
import { type Email, emailClient } from './email.ts'
import { type GoogleCalendar, googleCalendarClient } from './google-calendar.ts'
import { type GooglePeople, googlePeopleClient } from './google-people.ts'
import { type Slack, slackClient } from './slack.ts'
import { type Whatsapp, whatsappClient } from './whatsapp.ts'
import { type Zoom, zoomClient } from './zoom.ts'

/** The five vendors. One without credentials is absent, and what would go through it is skipped with that reason. */
export type Vendors = {
  google?: GoogleCalendar
  people?: GooglePeople
  zoom?: Zoom
  whatsapp?: Whatsapp
  email?: Email
  slack?: Slack & { opsChannel: string }
}

export function vendorsOf(config: Config): Vendors {
  const vendors: Vendors = {}
  if (config.GOOGLE_CLIENT_ID && config.GOOGLE_CLIENT_SECRET) {
    vendors.google = googleCalendarClient({ apiUrl: config.GOOGLE_API_URL })
    vendors.people = googlePeopleClient({
      clientId: config.GOOGLE_CLIENT_ID,
      clientSecret: config.GOOGLE_CLIENT_SECRET,
      accountsUrl: config.GOOGLE_ACCOUNTS_API_URL,
      oauthUrl: config.GOOGLE_OAUTH_API_URL,
      apiUrl: config.GOOGLE_API_URL,
      peopleUrl: config.GOOGLE_PEOPLE_API_URL,
    })
  }
  if (config.ZOOM_ACCOUNT_ID && config.ZOOM_CLIENT_ID && config.ZOOM_CLIENT_SECRET) {
    vendors.zoom = zoomClient({
      apiUrl: config.ZOOM_API_URL,
      oauthUrl: config.ZOOM_OAUTH_API_URL,
      accountId: config.ZOOM_ACCOUNT_ID,
      clientId: config.ZOOM_CLIENT_ID,
      clientSecret: config.ZOOM_CLIENT_SECRET,
    })
  }
  if (config.WHATSAPP_PHONE_NUMBER_ID && config.WHATSAPP_ACCESS_TOKEN) {
    vendors.whatsapp = whatsappClient({
      apiUrl: config.WHATSAPP_API_URL,
      phoneNumberId: config.WHATSAPP_PHONE_NUMBER_ID,
      businessAccountId: config.WHATSAPP_BUSINESS_ACCOUNT_ID ?? '',
      accessToken: config.WHATSAPP_ACCESS_TOKEN,
    })
  }
  if (config.SLACK_BOT_TOKEN && config.SLACK_OPS_CHANNEL) {
    const slack = slackClient({ apiUrl: config.SLACK_API_URL, botToken: config.SLACK_BOT_TOKEN })
    vendors.slack = { ...slack, opsChannel: config.SLACK_OPS_CHANNEL }
  }
  if (config.SMTP_URL)
    vendors.email = emailClient({
      smtpUrl: config.SMTP_URL,
      from: config.MAIL_FROM,
      requireTls: mustUpgradeMail(config),
    })
  return vendors
}
