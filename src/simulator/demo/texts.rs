//! The people of the demonstration, and their texts.

pub(super) const CONTACTS: [(&str, &str); 8] = [
    ("5511988887001", "Ana Souza"),
    ("5521988887002", "Bruno Lima"),
    ("5531988887003", "Carla Mendes"),
    ("351912345004", "Diogo Ferreira"),
    ("5541988887005", "Elisa Rocha"),
    ("5551988887006", "Felipe Nunes"),
    ("14155550107", "Grace Miller"),
    ("5561988887008", "Helena Dias"),
];

pub(super) const STATUSES: [&str; 12] = [
    "Good morning! Coffee first ☕",
    "Finally Friday 🎉",
    "New recipe: it did not burn this time",
    "The sea is calm today 🌊",
    "Studying until it makes sense",
    "Who else is watching the match?",
    "My plants have survived another week 🪴",
    "Road trip, day two",
    "Rain again, tea again",
    "Looking for a good book: ideas?",
    "Ran five kilometres. Walked three of them.",
    "The cat has opinions about my work",
];

pub(super) const CAPTIONS: [&str; 6] = [
    "What a view",
    "Sunset from the balcony",
    "Guess where I am",
    "Painted this myself",
    "Weekend colours",
    "No filter",
];

pub(super) const MESSAGES: [&str; 12] = [
    "Hi! Are you free tonight?",
    "I sent you the tickets",
    "Did you see what happened at the office?",
    "Lunch tomorrow at one?",
    "Thank you for yesterday, it was lovely",
    "Could you call me when you can?",
    "The meeting moved to 15:00",
    "Happy birthday! 🎂",
    "I am five minutes away",
    "Remember to bring the charger",
    "That song is stuck in my head",
    "Is the blue one yours?",
];

pub(super) const REGRETTED: [&str; 5] = [
    "Sorry, wrong chat!",
    "I should not say this, but the surprise party is on Saturday",
    "Ignore the last file, it is the old one",
    "Honestly, I did not like the film",
    "My PIN is not 4321, obviously",
];

pub(super) const TYPOS: [(&str, &str); 4] = [
    ("See you at the resturant at 8", "See you at the restaurant at 8"),
    ("It costs 50", "It costs 15, sorry"),
    ("Bring the childs too", "Bring the children too"),
    ("Meeting on Tuesday", "Meeting on Thursday"),
];

pub(super) const QUOTES: [&str; 4] = ["Wow!", "Where was that?", "Beautiful 😍", "Haha, keep that one"];

pub(super) const SMALL_CONTACTS: [(&str, &str); 3] = [
    ("351912345101", "Sofia Pinto"),
    ("351912345102", "Tiago Alves"),
    ("351912345103", "Vera Costa"),
];

pub(super) const SPAM: [&str; 3] = [
    "Cheap shoes, today only, write me!",
    "Earn money from home, ask me how",
    "Vote for my nephew, here is the link",
];

pub(super) const FORGED: [&str; 3] = [
    "Training is at nine, not at ten",
    "Whoever lost the ball brings a new one",
    "Bruno's fee for this month is still open",
];

pub(super) const ANSWERS: [&str; 5] = [
    "Ok, no hurry!",
    "All right, talk later",
    "Got it 👍",
    "Thanks for letting me know",
    "Call me when you are back",
];
