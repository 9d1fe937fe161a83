import type { Catalogue } from './catalogue.ts'

export const en: Catalogue = {
  templates: {
    BOOKED_TO_MENTOR: {
      subject: 'Booked: {other}, {when}',
      text: 'Hello {name}, {other} has booked a session with you on {when}. Your room: {join} (to change or cancel it: {manage}). We will remind you both in time.',
    },
    BOOKED_TO_MENTEE: {
      subject: 'Booked: {other}, {when}',
      text: 'Hello {name}, your session with {other} is booked for {when}. Your room: {join} (to change or cancel it: {manage}). We will remind you in time.',
    },
    MOVED: {
      subject: 'New time with {other}: {when}',
      text: 'Hello {name}, your session with {other} has moved. The new time is {when}; before, it was {oldWhen}. Your room: {join} (to change or cancel it: {manage}). What we sent about the old time no longer holds.',
    },
    ROOM_CHANGED: {
      subject: 'New room with {other}, {when}',
      text: 'Hello {name}, your session with {other} on {when} has a new room. Your link stays the same: {join} (to change or cancel it: {manage}). Use this link rather than an older room address.',
    },
    MERGED: {
      subject: 'Your session is now together with {other}: {when}',
      text: 'Hello {name}, your session has been joined with another one. You meet {other} on {when}. Your room: {join} (to change or cancel it: {manage}). Older links lead to the same room.',
    },
    UNMERGED: {
      subject: 'Your own session again with {other}: {when}',
      text: 'Hello {name}, the sessions that had been joined are separate again. You meet {other} on {when}. Your room: {join} (to change or cancel it: {manage}). We will remind you in time.',
    },
    MERGED_AWAY: {
      subject: 'Joined with another session: {when}',
      text: 'Hello {name}, your session on {when} has been joined with another of your sessions, which you find here: {manage} and in your calendar. Please remove the old entry if it is still there.',
    },
    CANCELLED_TO_MENTOR: {
      subject: 'Cancelled: {other}, {when}',
      text: 'Hello {name}, your session with {other} on {when} has been cancelled. {reason} Details are here: {manage} for your records.',
    },
    CANCELLED_TO_MENTEE: {
      subject: 'Cancelled: {other}, {when}',
      text: 'Hello {name}, your session with {other} on {when} has been cancelled. {reason} You can choose another time here: {manage} whenever it suits you.',
    },
    RELEASED: {
      subject: 'You are free: {when}',
      text: 'Hello {name}, you are no longer expected at the session with {other} on {when}: somebody else takes it over. Details are here: {manage} for your records.',
    },
    REMINDER_4_HOURS_TO_MENTOR: {
      subject: 'Coming up with {other}: {when}',
      text: 'Hello {name}, you meet {other} on {when}. {status} Your room: {join} (to move or cancel it: {manage}). Have a good session.',
    },
    REMINDER_4_HOURS_TO_MENTEE: {
      subject: 'Will you be there? {other}, {when}',
      text: 'Hello {name}, your session with {other} is on {when}. Your room: {join} (to move or cancel it: {manage}). Will you be there? One press is enough.',
    },
    REMINDER_30_MINUTES_TO_MENTOR: {
      subject: 'In 30 minutes: {other}',
      text: 'In 30 minutes you meet {other}: {when}. {status} Your room: {join} opens when you press it.',
    },
    REMINDER_30_MINUTES_TO_MENTEE: {
      subject: 'In 30 minutes: {other}',
      text: 'In 30 minutes your session with {other} begins: {when}. Bring your questions. Your room: {join} opens when you press it.',
    },
    REMINDER_5_MINUTES_TO_MENTOR: {
      subject: 'In 5 minutes: {other}',
      text: 'Five minutes to go: {other} meets you, {when}. Join here: {join} and you are in.',
    },
    REMINDER_5_MINUTES_TO_MENTEE: {
      subject: 'In 5 minutes: {other}',
      text: 'Five minutes to go: {other} expects you, {when}. Join here: {join} and you are in.',
    },
    NUDGE: {
      subject: '{waiting} is in the room',
      text: 'Hello {name}, {waiting} is in the room and glad to wait. Your session began at {when}. Join here: {join} or tell us with one press.',
    },
    WAITING: {
      subject: 'We are reaching {other} for you',
      text: 'Hello {name}, thank you for waiting: your session is at {when}, and {other} is not in the room yet. {reached} We will tell you what we hear.',
    },
    WAITING_CHOICES: {
      subject: 'Still waiting for {other}? You choose',
      text: 'Hello {name}, your session began at {when}, and {other} is still not in the room. {reached} You choose how to go on; whatever you choose is fine.',
    },
    NOBODY: {
      subject: 'Is your session with {other} on?',
      text: 'Hello {name}, the room of your session with {other} is still empty: {when}. Is everything all right? Join here: {join} or tell us with one press.',
    },
    CORRECTION: {
      subject: 'You were there: please ignore our last message',
      text: 'Hello {name}, our last message about the session with {other} on {when} was wrong: you were there, and that is now on record. Please ignore it; we are sorry for the noise.',
    },
    CORRECTION_CAME: {
      subject: 'You are in the room: nothing more is needed',
      text: 'Hello {name}, you have joined the session with {other} on {when}, and that is on record now. What we wrote to you before is settled: nothing more is needed.',
    },
    CORRECTION_WROTE: {
      subject: 'Thank you for writing: please ignore our last message',
      text: 'Hello {name}, you wrote to us about the session with {other} on {when}. Our last message crossed yours: please ignore it. A person of your programme looks at it now.',
    },
    FOLLOW_UP: {
      subject: 'We missed you: {other}, {when}',
      text: 'Hello {name}, we missed you in the session with {other} on {when}. Things happen. {times} Choose a time here: {manage} or tell us that you were there.',
    },
    TOOK_PLACE: {
      subject: 'Did you meet {other}?',
      text: 'Hello {name}, we could not see whether your session with {other} on {when} took place. Did it? One press is enough.',
    },
    ACCOUNT_INVITATION: {
      subject: 'Welcome to {programme}',
      text: 'Hello {name}, {programme} arranges its mentorship sessions here. Look at your account, your time zone and how we may reach you: {manage} and you are ready.',
    },
    CALENDAR_CONNECTION_BROKEN: {
      subject: 'Please connect your calendar again',
      text: 'Hello {name}, we can no longer read your Google calendar ({calendar}), so we cannot see when you are busy. Connect it again here: {manage} and everything is brought up to date.',
    },
    POLICY_NOTICE: {
      subject: 'About your sessions in {programme}',
      text: 'Hello {name}, a note from {programme}: {notice} Your sessions are here: {manage} at any time.',
    },
  },
  ask: 'It begins soon: will you be there? One press is enough.',
  buttons: {
    coming: 'I’ll be there',
    cant_come: 'I can’t come',
    wants_to_move: 'Another time',
    late_5: '5 minutes late',
    late_10: '10 minutes late',
    wait: 'I’ll wait',
    shorten: 'Make it shorter',
    leave: 'I have to go',
    was_there: 'I was there',
    took_place: 'Yes, it did',
    did_not_take_place: 'No, it didn’t',
  },
  phrases: {
    yourTime: '{day}, {clock} (your time, {city})',
    otherTime: '{clock} {city}',
    otherDayTime: '{day}, {clock} {city}',
    someone: 'your programme',
    confirmed: '{name} has said yes.',
    declined: '{name} has said that they can’t come; your programme is looking after it.',
    wantsToMove: '{name} has asked for another time.',
    noAnswer: 'We will help you both find the room.',
    reachedBy: 'We have written to {name} ({channels}).',
    delivered: '{channel}, delivered',
    whatsapp: 'WhatsApp',
    email: 'mail',
    saysLate: '{name} says: {minutes} minutes late.',
    saysCantCome: '{name} says that they can’t come.',
    wrote: '{name} has written: “{text}”.',
    elsewhere: '{name} is still in the session before this one.',
    notReached: 'We could not reach {name} yet; your programme has been told.',
    freeTimes: '{other} is free: {times}.',
    ownFreeTimes: 'These of your times are free: {times}.',
    moreTimes: 'There are more times to choose from.',
    noFreeTimes: 'No other time can be booked at the moment: your programme team will help.',
    cancelReason: 'The reason given: {reason}.',
    missedNotice:
      'we missed you in {count, plural, one {# session} other {# sessions}} within the last {days} days. If a time does not suit you, move or cancel it early, so that somebody else can have it.',
    pausedNotice:
      'new bookings are paused for now; what is booked already stays as it is. Please write to your programme: they would like to talk with you.',
    resumedNotice: 'you can book sessions again.',
    noReason: 'Nothing more is needed from you.',
    join: 'Join',
    manage: 'Change or cancel',
    details: 'Details',
    when: 'When',
    with: 'With',
    frame: 'You get this because you take part in {programme}.',
    event: 'Mentorship with {other}',
    eventText: 'Join: {join}\nChange or cancel: {manage}',
  },
}
