import type { Catalogue } from './catalogue.ts'

export const hi: Catalogue = {
  templates: {
    BOOKED_TO_MENTOR: {
      subject: 'बुक हुआ: {other}, {when}',
      text: 'नमस्ते {name}, {other} ने आपके साथ सेशन बुक किया है: {when}। आपका रूम: {join} (बदलने या रद्द करने के लिए: {manage})। हम आप दोनों को समय पर याद दिलाएँगे।',
    },
    BOOKED_TO_MENTEE: {
      subject: 'बुक हुआ: {other}, {when}',
      text: 'नमस्ते {name}, {other} के साथ आपका सेशन बुक हो गया है: {when}। आपका रूम: {join} (बदलने या रद्द करने के लिए: {manage})। हम आपको समय पर याद दिलाएँगे।',
    },
    MOVED: {
      subject: '{other} के साथ नया समय: {when}',
      text: 'नमस्ते {name}, {other} के साथ आपके सेशन का समय बदल गया है। नया समय: {when}; पहले यह था: {oldWhen}। आपका रूम: {join} (बदलने या रद्द करने के लिए: {manage})। पुराने समय के संदेश अब लागू नहीं हैं।',
    },
    ROOM_CHANGED: {
      subject: '{other} के साथ नया रूम, {when}',
      text: 'नमस्ते {name}, {other} के साथ {when} वाले सेशन का रूम बदल गया है। आपका लिंक वही है: {join} (बदलने या रद्द करने के लिए: {manage})। पुराने पते की जगह यही लिंक इस्तेमाल करें।',
    },
    MERGED: {
      subject: 'आपका सेशन अब {other} के साथ: {when}',
      text: 'नमस्ते {name}, आपका सेशन एक दूसरे सेशन से जोड़ दिया गया है। आप {other} से मिलेंगे: {when}। आपका रूम: {join} (बदलने या रद्द करने के लिए: {manage})। पुराने लिंक भी इसी रूम में ले जाते हैं।',
    },
    UNMERGED: {
      subject: 'आपका अपना सेशन फिर से, {other} के साथ: {when}',
      text: 'नमस्ते {name}, जोड़े गए सेशन फिर अलग हो गए हैं। आप {other} से मिलेंगे: {when}। आपका रूम: {join} (बदलने या रद्द करने के लिए: {manage})। हम आपको समय पर याद दिलाएँगे।',
    },
    MERGED_AWAY: {
      subject: 'दूसरे सेशन से जोड़ा गया: {when}',
      text: 'नमस्ते {name}, {when} वाला आपका सेशन आपके एक दूसरे सेशन से जोड़ दिया गया है, जो यहाँ मिलेगा: {manage} और आपके कैलेंडर में। पुरानी प्रविष्टि बची हो तो हटा दें।',
    },
    CANCELLED_TO_MENTOR: {
      subject: 'रद्द: {other}, {when}',
      text: 'नमस्ते {name}, {other} के साथ {when} का आपका सेशन रद्द हो गया है। {reason} विवरण यहाँ है: {manage} आपके रिकॉर्ड के लिए।',
    },
    CANCELLED_TO_MENTEE: {
      subject: 'रद्द: {other}, {when}',
      text: 'नमस्ते {name}, {other} के साथ {when} का आपका सेशन रद्द हो गया है। {reason} दूसरा समय यहाँ चुनें: {manage} जब भी सुविधा हो।',
    },
    RELEASED: {
      subject: 'अब आपको नहीं आना है: {when}',
      text: 'नमस्ते {name}, {other} के साथ {when} के सेशन में अब आपको नहीं आना है: इसे कोई और सँभालेंगे। विवरण यहाँ है: {manage} आपकी जानकारी के लिए।',
    },
    REMINDER_4_HOURS_TO_MENTOR: {
      subject: '{other} के साथ सेशन: {when}',
      text: 'नमस्ते {name}, आप {other} से मिलेंगे: {when}। {status} आपका रूम: {join} (बदलने या रद्द करने के लिए: {manage})। सेशन अच्छा रहे।',
    },
    REMINDER_4_HOURS_TO_MENTEE: {
      subject: 'क्या आप आएँगे? {other}, {when}',
      text: 'नमस्ते {name}, {other} के साथ आपका सेशन है: {when}। आपका रूम: {join} (बदलने या रद्द करने के लिए: {manage})। क्या आप आएँगे? बस एक बटन दबाएँ।',
    },
    REMINDER_30_MINUTES_TO_MENTOR: {
      subject: '30 मिनट में: {other}',
      text: '30 मिनट में आप {other} से मिलेंगे: {when}। {status} आपका रूम: {join} दबाते ही खुलेगा।',
    },
    REMINDER_30_MINUTES_TO_MENTEE: {
      subject: '30 मिनट में: {other}',
      text: '30 मिनट में {other} के साथ आपका सेशन शुरू होगा: {when}। अपने सवाल साथ लाएँ। आपका रूम: {join} दबाते ही खुलेगा।',
    },
    REMINDER_5_MINUTES_TO_MENTOR: {
      subject: '5 मिनट में: {other}',
      text: 'बस पाँच मिनट: {other} आपसे मिलेंगे, {when}। यहाँ जुड़ें: {join} और आप अंदर हैं।',
    },
    REMINDER_5_MINUTES_TO_MENTEE: {
      subject: '5 मिनट में: {other}',
      text: 'बस पाँच मिनट: {other} आपकी राह देखेंगे, {when}। यहाँ जुड़ें: {join} और आप अंदर हैं।',
    },
    NUDGE: {
      subject: '{waiting} रूम में हैं',
      text: 'नमस्ते {name}, {waiting} रूम में हैं और खुशी से इंतज़ार कर रहे हैं। आपका सेशन शुरू हुआ: {when}। यहाँ जुड़ें: {join} या एक बटन से बताएँ।',
    },
    WAITING: {
      subject: 'हम {other} से संपर्क कर रहे हैं',
      text: 'नमस्ते {name}, इंतज़ार के लिए धन्यवाद: आपका सेशन {when} पर है और {other} अभी रूम में नहीं हैं। {reached} जो पता चलेगा, हम आपको बताएँगे।',
    },
    WAITING_CHOICES: {
      subject: 'अब भी {other} का इंतज़ार? आप तय करें',
      text: 'नमस्ते {name}, आपका सेशन {when} पर शुरू हुआ और {other} अब भी रूम में नहीं हैं। {reached} आगे क्या करना है, आप तय करें; हर विकल्प ठीक है।',
    },
    NOBODY: {
      subject: 'क्या {other} के साथ आपका सेशन हो रहा है?',
      text: 'नमस्ते {name}, {other} के साथ आपका सेशन शुरू होना था: {when}, पर रूम अभी खाली है। सब ठीक है? यहाँ जुड़ें: {join} या एक बटन से बताएँ।',
    },
    CORRECTION: {
      subject: 'आप वहाँ थे: पिछला संदेश भूल जाएँ',
      text: 'नमस्ते {name}, {other} के साथ {when} के सेशन के बारे में हमारा पिछला संदेश गलत था: आप वहाँ थे, और यह अब दर्ज है। उसे भूल जाएँ; असुविधा के लिए क्षमा करें।',
    },
    CORRECTION_CAME: {
      subject: 'आप कमरे में हैं: अब कुछ और नहीं करना है',
      text: 'नमस्ते {name}, आप {other} के साथ {when} के सेशन में आ गए हैं, और यह अब दर्ज है। हमने पहले जो लिखा था वह निपट गया: अब कुछ और नहीं करना है।',
    },
    CORRECTION_WROTE: {
      subject: 'लिखने के लिए धन्यवाद: पिछला संदेश भूल जाएँ',
      text: 'नमस्ते {name}, आपने {other} के साथ {when} के सेशन के बारे में हमें लिखा। हमारा पिछला संदेश उसी समय निकला था: उसे भूल जाएँ। आपके कार्यक्रम के एक व्यक्ति इसे देख रहे हैं।',
    },
    FOLLOW_UP: {
      subject: 'आपकी कमी महसूस हुई: {other}, {when}',
      text: 'नमस्ते {name}, {other} के साथ {when} के सेशन में आपकी कमी महसूस हुई। ऐसा होता है। {times} समय यहाँ चुनें: {manage} या बताएँ कि आप वहाँ थे।',
    },
    TOOK_PLACE: {
      subject: 'क्या आप {other} से मिले?',
      text: 'नमस्ते {name}, हम देख नहीं पाए कि {other} के साथ {when} का आपका सेशन हुआ या नहीं। क्या हुआ था? बस एक बटन दबाएँ।',
    },
    ACCOUNT_INVITATION: {
      subject: '{programme} में स्वागत है',
      text: 'नमस्ते {name}, {programme} अपने मेंटरशिप सेशन यहाँ तय करता है। अपना खाता, समय क्षेत्र और संपर्क का तरीका देखें: {manage} और आप तैयार हैं।',
    },
    CALENDAR_CONNECTION_BROKEN: {
      subject: 'कृपया अपना कैलेंडर फिर जोड़ें',
      text: 'नमस्ते {name}, हम आपका Google कैलेंडर ({calendar}) अब नहीं पढ़ पा रहे, इसलिए आपका व्यस्त समय नहीं दिखता। इसे यहाँ फिर जोड़ें: {manage} और सब कुछ ताज़ा हो जाएगा।',
    },
    POLICY_NOTICE: {
      subject: '{programme} में आपके सेशन के बारे में',
      text: 'नमस्ते {name}, {programme} की ओर से: {notice} आपके सेशन यहाँ हैं: {manage} कभी भी देखें।',
    },
  },
  ask: 'सेशन जल्द शुरू होगा: क्या आप आएँगे? बस एक बटन दबाएँ।',
  buttons: {
    coming: 'हाँ, आना पक्का',
    cant_come: 'नहीं आ सकते',
    wants_to_move: 'दूसरा समय',
    late_5: '5 मिनट देर',
    late_10: '10 मिनट देर',
    wait: 'इंतज़ार करेंगे',
    shorten: 'छोटा कर दें',
    leave: 'जाना होगा',
    was_there: 'हम वहाँ थे',
    took_place: 'हाँ, हुआ',
    did_not_take_place: 'नहीं हुआ',
  },
  phrases: {
    yourTime: '{day}, {clock} (आपका समय, {city})',
    otherTime: '{clock} {city}',
    otherDayTime: '{day}, {clock} {city}',
    someone: 'आपका कार्यक्रम',
    confirmed: '{name} ने हाँ कहा है।',
    declined: '{name} ने बताया है कि वे नहीं आ सकते; आपका कार्यक्रम इसे देख रहा है।',
    wantsToMove: '{name} ने दूसरा समय माँगा है।',
    noAnswer: 'रूम तक पहुँचने में हम आप दोनों की मदद करेंगे।',
    reachedBy: 'हमने {name} को लिखा है ({channels})।',
    delivered: '{channel}, पहुँच गया',
    whatsapp: 'WhatsApp',
    email: 'मेल',
    saysLate: '{name} कहते हैं: {minutes} मिनट देर होगी।',
    saysCantCome: '{name} कहते हैं कि वे नहीं आ सकते।',
    wrote: '{name} ने लिखा है: “{text}”।',
    elsewhere: '{name} अभी इससे पहले वाले सेशन में हैं।',
    notReached: '{name} से अभी संपर्क नहीं हुआ; आपके कार्यक्रम को बता दिया गया है।',
    freeTimes: '{other} इन समयों पर खाली हैं: {times}।',
    ownFreeTimes: 'आपके ये समय खाली हैं: {times}।',
    moreTimes: 'चुनने के लिए और भी समय हैं।',
    noFreeTimes: 'अभी कोई और समय बुक नहीं हो सकता: आपकी कार्यक्रम टीम मदद करेगी।',
    cancelReason: 'बताया गया कारण: {reason}।',
    missedNotice:
      'पिछले {days} दिनों में {count, plural, one {# सेशन} other {# सेशन}} में हमें आपकी कमी लगी। कोई समय ठीक न हो तो उसे पहले ही बदल दें या रद्द कर दें, ताकि वह किसी और के काम आए।',
    pausedNotice:
      'नई बुकिंग अभी के लिए रुकी है; जो बुक हो चुका है वह वैसा ही रहेगा। कृपया अपने कार्यक्रम को लिखें: वे आपसे बात करना चाहते हैं।',
    resumedNotice: 'अब आप फिर से सेशन बुक कर सकते हैं।',
    noReason: 'आपको और कुछ नहीं करना है।',
    join: 'जुड़ें',
    manage: 'बदलें या रद्द करें',
    details: 'विवरण',
    when: 'कब',
    with: 'किसके साथ',
    frame: 'यह संदेश इसलिए मिला क्योंकि आप {programme} में हैं।',
    event: '{other} के साथ मेंटरशिप',
    eventText: 'जुड़ें: {join}\nबदलें या रद्द करें: {manage}',
  },
}
