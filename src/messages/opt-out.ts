/**
 * The words by which people ask for no more messages, in twelve languages. Only a message that says nothing else counts:
 * "stop by at six" is no such wish. "Cancel" is not here: it would be about the session.
 */
const WORDS = new Set([
  'stop',
  'stop all',
  'stopall',
  'unsubscribe',
  'opt out',
  'optout', // English
  'रुको',
  'बंद करो',
  'बंद',
  'band karo', // Hindi
  'parar',
  'alto',
  'darse de baja',
  'baja', // Spanish
  'arrêt',
  'arrêter',
  'arret',
  'désabonner',
  'se désabonner', // French
  'stopp',
  'abmelden',
  'abbestellen', // German
  'sair',
  'descadastrar',
  'pare', // Portuguese
  'disiscriviti',
  'annulla iscrizione', // Italian
  'توقف',
  'إيقاف',
  'إلغاء الاشتراك', // Arabic
  'berhenti',
  'berhenti berlangganan', // Indonesian
  'стоп',
  'отписаться', // Russian
  'dur',
  'durdur',
  'abonelikten çık', // Turkish
  '停止',
  '退订',
  '取消订阅', // Chinese
])

/** Does this message say nothing but "stop"? */
export const asksToStop = (text: string): boolean =>
  WORDS.has(
    text
      .normalize('NFC')
      .toLowerCase()
      .replace(/[\s.!。!،]+/g, ' ')
      .trim(),
  )
