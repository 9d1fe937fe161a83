import { type Language, languageOf } from './catalogue.ts'
import { mail } from './mail.ts'

/** The mail that lets somebody in: a link for the browser that asked, and six digits for when the mail is read elsewhere. */
export function signInMail({ locale, url, code, home }: { locale: string; url: string; code: string; home: string }): {
  subject: string
  text: string
  html: string
} {
  const language = languageOf(locale)
  const say = WORDS[language]
  const shown = `${code.slice(0, 3)} ${code.slice(3)}`
  return {
    subject: say.subject,
    ...mail({
      language,
      body: say.body,
      details: [[say.code, shown]],
      main: { title: say.open, url },
      answers: [],
      manage: { title: say.home, url: home },
      footer: say.footer,
    }),
  }
}

const WORDS: Record<Language, Record<'subject' | 'body' | 'code' | 'open' | 'home' | 'footer', string>> = {
  en: {
    subject: 'Sign in to Punctual',
    body: 'Open the link in the browser where you asked for it, or type the code there. Both work once, for ten minutes.',
    code: 'Code',
    open: 'Sign in',
    home: 'Punctual',
    footer: 'You did not ask for this? Then do nothing: without the browser that asked, this mail lets nobody in.',
  },
  hi: {
    subject: 'Punctual में साइन इन करें',
    body: 'लिंक उसी ब्राउज़र में खोलें जहाँ से आपने माँगा था, या वहाँ यह कोड लिखें। दोनों दस मिनट तक, एक ही बार काम करते हैं।',
    code: 'कोड',
    open: 'साइन इन करें',
    home: 'Punctual',
    footer: 'आपने यह नहीं माँगा? तो कुछ न करें: जिस ब्राउज़र से माँगा गया, उसके बिना यह मेल किसी को अंदर नहीं आने देता।',
  },
}
