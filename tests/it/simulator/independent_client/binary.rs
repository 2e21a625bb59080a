//! Nodes in WhatsApp's binary form.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

const LIST_EMPTY: u8 = 0;
const DICTIONARY: u8 = 236;
const AD_JID: u8 = 247;
const LIST_8: u8 = 248;
const LIST_16: u8 = 249;
const JID_PAIR: u8 = 250;
const HEX_8: u8 = 251;
const BINARY_8: u8 = 252;
const BINARY_20: u8 = 253;
const BINARY_32: u8 = 254;
const NIBBLE_8: u8 = 255;
/// Bit of the first byte of a frame whose rest is compressed.
const COMPRESSED: u8 = 2;

/// Words with a short form.
#[derive(Deserialize)]
struct Tokens {
    single: Vec<String>,
    double: Vec<Vec<String>>,
}

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
    serde_json::from_str(include_str!("tokens.json")).expect("the file is a table of tokens")
});

static SHORT_FORMS: LazyLock<HashMap<&str, Vec<u8>>> = LazyLock::new(|| {
    let mut forms = HashMap::new();
    for (dictionary, words) in (DICTIONARY..).zip(&TOKENS.double) {
        forms.extend(
            (0..=u8::MAX)
                .zip(words)
                .map(|(at, word)| (word.as_str(), vec![dictionary, at])),
        );
    }
    let words = (0..=u8::MAX).zip(&TOKENS.single).skip(1);
    forms.extend(words.map(|(at, word)| (word.as_str(), vec![at])));
    forms
});

/// A value of an attribute. A JID and its text are two things on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Jid {
        user: String,
        device: u8,
        server: String,
    },
}

impl Value {
    pub(crate) fn jid(user: &str, device: u8, server: &str) -> Self {
        Self::Jid {
            user: user.to_owned(),
            device,
            server: server.to_owned(),
        }
    }

    /// The server's own address.
    pub(crate) fn server() -> Self {
        Self::jid("", 0, "s.whatsapp.net")
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) tag: String,
    pub(crate) attrs: Vec<(String, Value)>,
    pub(crate) children: Vec<Node>,
    pub(crate) bytes: Vec<u8>,
}

impl Node {
    pub(crate) fn new(tag: &str) -> Self {
        Self {
            tag: tag.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.attrs.push((key.to_owned(), value.into()));
        self
    }

    pub(crate) fn holding(mut self, children: impl IntoIterator<Item = Node>) -> Self {
        self.children.extend(children);
        self
    }

    pub(crate) fn of(tag: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            ..Self::new(tag)
        }
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.attrs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// An attribute that is text; empty when it is absent or a JID.
    pub(crate) fn text(&self, key: &str) -> &str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            Some(Value::Jid { .. }) | None => "",
        }
    }

    pub(crate) fn child(&self, tag: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.tag == tag)
    }

    /// The only child of this tag, which must be there.
    pub(crate) fn need(&self, tag: &str) -> &Node {
        self.child(tag)
            .unwrap_or_else(|| panic!("no <{tag}> in {self:#?}"))
    }

    /// The bytes of a frame.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![0];
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        let has_content = !self.children.is_empty() || !self.bytes.is_empty();
        write_list(out, 1 + 2 * self.attrs.len() + usize::from(has_content));
        write_text(out, &self.tag);
        for (key, value) in &self.attrs {
            write_text(out, key);
            match value {
                Value::Text(text) => write_text(out, text),
                Value::Jid { user, device, server } => write_jid(out, user, *device, server),
            }
        }
        if !self.children.is_empty() {
            write_list(out, self.children.len());
            self.children.iter().for_each(|child| child.write(out));
        } else if has_content {
            write_bytes(out, &self.bytes);
        }
    }

    /// Reads a frame.
    pub(crate) fn decode(frame: &[u8]) -> Self {
        let (flags, rest) = frame.split_first().expect("a frame has a first byte");
        assert_eq!(flags & COMPRESSED, 0, "the simulator does not compress");
        let mut reader = Reader(rest);
        let node = reader.node();
        assert!(reader.0.is_empty(), "a frame is one node");
        node
    }
}

fn write_list(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(length) => out.extend([LIST_8, length]),
        Err(_) => {
            out.push(LIST_16);
            out.extend(u16::try_from(length).expect("lists are short").to_be_bytes());
        }
    }
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(length) => out.extend([BINARY_8, length]),
        Err(_) => {
            out.push(BINARY_32);
            out.extend(
                u32::try_from(bytes.len())
                    .expect("frames are short")
                    .to_be_bytes(),
            );
        }
    }
    out.extend(bytes);
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    match SHORT_FORMS.get(text) {
        Some(short) => out.extend(short),
        None => write_bytes(out, text.as_bytes()),
    }
}

fn write_jid(out: &mut Vec<u8>, user: &str, device: u8, server: &str) {
    if device > 0 {
        out.extend([AD_JID, u8::from(server == "lid"), device]);
        write_text(out, user);
        return;
    }
    out.push(JID_PAIR);
    if user.is_empty() {
        out.push(LIST_EMPTY);
    } else {
        write_text(out, user);
    }
    write_text(out, server);
}

/// The rest of a frame.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> &[u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn number(&mut self, bytes: usize) -> usize {
        self.take(bytes)
            .iter()
            .fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
    }

    fn node(&mut self) -> Node {
        let tag = self.byte();
        let size = self.list_size(tag);
        let mut node = Node::new(&self.word());
        for _ in 0..(size - 1) / 2 {
            let key = self.word();
            let tag = self.byte();
            node.attrs.push((key, self.value(tag)));
        }
        if size.is_multiple_of(2) {
            self.content(&mut node);
        }
        node
    }

    fn content(&mut self, node: &mut Node) {
        match self.byte() {
            tag @ (LIST_EMPTY | LIST_8 | LIST_16) => {
                let count = self.list_size(tag);
                node.children = (0..count).map(|_| self.node()).collect();
            }
            tag @ (BINARY_8 | BINARY_20 | BINARY_32) => node.bytes = self.raw(tag),
            tag => match self.value(tag) {
                Value::Text(text) => node.bytes = text.into_bytes(),
                jid @ Value::Jid { .. } => panic!("{jid:?} as the content of {node:?}"),
            },
        }
    }

    fn list_size(&mut self, tag: u8) -> usize {
        match tag {
            LIST_EMPTY => 0,
            LIST_8 => self.number(1),
            LIST_16 => self.number(2),
            other => panic!("{other} begins no list"),
        }
    }

    fn raw(&mut self, tag: u8) -> Vec<u8> {
        let length = match tag {
            BINARY_8 => self.number(1),
            BINARY_20 => self.number(3) & 0x000f_ffff,
            _ => self.number(4),
        };
        self.take(length).to_vec()
    }

    /// A text that may not be a JID: a tag, a key, or a part of a JID. Empty when absent.
    fn word(&mut self) -> String {
        let tag = self.byte();
        match self.value(tag) {
            Value::Text(text) => text,
            jid @ Value::Jid { .. } => panic!("{jid:?} where a word must be"),
        }
    }

    fn value(&mut self, tag: u8) -> Value {
        match tag {
            LIST_EMPTY => "".into(),
            1..DICTIONARY => TOKENS.single[usize::from(tag)].as_str().into(),
            DICTIONARY..240 => {
                let words = &TOKENS.double[usize::from(tag - DICTIONARY)];
                words[self.number(1)].as_str().into()
            }
            BINARY_8 | BINARY_20 | BINARY_32 => {
                let text = String::from_utf8(self.raw(tag)).expect("texts are UTF-8");
                text.as_str().into()
            }
            NIBBLE_8 => self.packed(b"0123456789-.").as_str().into(),
            HEX_8 => self.packed(b"0123456789ABCDEF").as_str().into(),
            JID_PAIR => {
                let user = self.word();
                Value::jid(&user, 0, &self.word())
            }
            AD_JID => {
                let server = if self.byte() == 1 { "lid" } else { "s.whatsapp.net" };
                let device = self.byte();
                Value::jid(&self.word(), device, server)
            }
            other => panic!("{other} begins no value"),
        }
    }

    /// Letters of half a byte each.
    fn packed(&mut self, letters: &[u8]) -> String {
        let head = self.byte();
        let halves = self
            .take(usize::from(head & 0x7f))
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15]);
        let mut text: String = halves
            .filter_map(|half| letters.get(usize::from(half)))
            .map(|letter| char::from(*letter))
            .collect();
        if head & 0x80 != 0 && letters.len() == 16 {
            text.pop();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_read_as_it_was_written() {
        let node = Node::new("message")
            .with("to", Value::jid("5511999990000", 3, "s.whatsapp.net"))
            .with("from", Value::server())
            .with("id", "3EB0AB")
            .holding([Node::of("enc", vec![7; 300]), Node::new("unheard of")]);

        assert_eq!(Node::decode(&node.encode()), node);
    }
}
