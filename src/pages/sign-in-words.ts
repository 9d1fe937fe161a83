const en = {
  title: 'Sign in',
  intro:
    'Mentees and mentors need no password: any message from us opens your session. To see everything, sign in here.',
  address: 'Your e-mail address',
  send: 'Send me a link',
  google: 'Continue with Google',
  noMail: 'Mail is not set up on this installation.',
  noWay: 'Neither mail nor Google is set up here yet. Whoever runs it can make a link with: punctual admin <address>',
  sentTitle: 'Look into your mail',
  sent: 'If this address is known here, a message is on its way. Open its link in this browser, or type its six digits below. It lasts ten minutes.',
  code: 'Six digits',
  enter: 'Sign in',
  again: 'Ask for another message',
  wrong: (left: number) =>
    left === 0
      ? 'That was not it either. Open the link in the mail, or ask for another.'
      : `That was not it. Tries left: ${left}.`,
  over: 'This has been used already, or ten minutes are over.',
  ready: 'One press, and you are signed in on this device.',
  otherBrowser:
    'This link works only in the browser where you asked for it. Open it there, or type the six digits from the mail there.',
  google_declined: 'You did not let Google tell us who you are.',
  google_expired: 'That took too long, or began in another browser. Please try again.',
  google_failed: 'Google did not answer well. Please try again, or use mail.',
  google_unknown: 'This Google account is not known here. Use the address to which we write to you.',
}

export type SignInWords = typeof en

const hi: SignInWords = {
  title: 'साइन इन',
  intro: 'मेंटी और मेंटर को पासवर्ड नहीं चाहिए: हमारा हर संदेश आपका सत्र खोलता है। सब कुछ देखने के लिए यहाँ साइन इन करें।',
  address: 'आपका ई-मेल पता',
  send: 'मुझे लिंक भेजें',
  google: 'Google से जारी रखें',
  noMail: 'यहाँ मेल अभी चालू नहीं है।',
  noWay: 'यहाँ न मेल चालू है, न Google। जो इसे चलाते हैं, वे लिंक बना सकते हैं: punctual admin <address>',
  sentTitle: 'अपनी मेल देखें',
  sent: 'अगर यह पता यहाँ दर्ज है, तो संदेश भेज दिया गया है। उसका लिंक इसी ब्राउज़र में खोलें, या उसके छह अंक नीचे लिखें। यह दस मिनट तक चलता है।',
  code: 'छह अंक',
  enter: 'साइन इन करें',
  again: 'फिर से संदेश माँगें',
  wrong: (left) =>
    left === 0 ? 'यह भी सही नहीं था। मेल का लिंक खोलें, या नया संदेश माँगें।' : `यह सही नहीं था। बचे प्रयास: ${left}।`,
  over: 'यह इस्तेमाल हो चुका है, या दस मिनट बीत गए।',
  ready: 'एक बार दबाएँ, और आप इस डिवाइस पर साइन इन हो जाएँगे।',
  otherBrowser: 'यह लिंक उसी ब्राउज़र में काम करता है जहाँ से आपने माँगा था। उसे वहाँ खोलें, या मेल के छह अंक वहाँ लिखें।',
  google_declined: 'आपने Google को यह बताने नहीं दिया कि आप कौन हैं।',
  google_expired: 'बहुत समय लगा, या शुरुआत किसी और ब्राउज़र में हुई थी। कृपया फिर कोशिश करें।',
  google_failed: 'Google से ठीक जवाब नहीं मिला। फिर कोशिश करें, या मेल से साइन इन करें।',
  google_unknown: 'यह Google खाता यहाँ दर्ज नहीं है। वही पता लें जिस पर हम आपको लिखते हैं।',
}

/** Nobody is known yet, so the browser says which language. */
export function signInWords(acceptLanguage: string | undefined): { lang: string; words: SignInWords } {
  const first = /^\s*([a-z]{2})\b/i.exec(acceptLanguage ?? '')?.[1]?.toLowerCase()
  return first === 'hi' ? { lang: 'hi', words: hi } : { lang: 'en', words: en }
}
