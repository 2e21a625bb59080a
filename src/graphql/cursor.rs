use std::fmt;

use async_graphql::{Error, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, Datelike, Utc};
use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use super::error::bad_input;

/// A user's stream of events.
pub(super) const EVENTS: List = List::named("event");

/// A list, as its cursors name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct List {
    name: &'static str,
    /// The thing whose list it is; none for a list of the viewer's.
    parent: Option<Uuid>,
}

impl List {
    /// The viewer's list of this name.
    pub const fn named(name: &'static str) -> Self {
        Self { name, parent: None }
    }

    /// The list of this name of the thing with the id `parent`.
    pub fn of(name: &'static str, parent: impl Into<Uuid>) -> Self {
        Self {
            name,
            parent: Some(parent.into()),
        }
    }

    /// The list of the same name, whosever it is.
    pub(super) const fn of_any_parent(self) -> Self {
        Self::named(self.name)
    }
}

impl From<&'static str> for List {
    fn from(name: &'static str) -> Self {
        Self::named(name)
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match self.parent {
            Some(parent) => write!(f, "/{}", parent.simple()),
            None => Ok(()),
        }
    }
}

/// Place in a list, or in the viewer's sequence of events. Opaque: pass it back as it was given, to the field that gave
/// it; another list refuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

/// Place in a list, or in the viewer's sequence of events. Opaque: pass it back as it was given, to the field that gave
/// it; another list refuses it.
#[Scalar]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl Cursor {
    /// The cursor of a place in `list`.
    pub fn of(list: List, position: &impl Position) -> Self {
        Self::encode(list, &position.to_text())
    }

    /// The cursor of the event with this number.
    pub fn of_event(sequence: i64) -> Self {
        Self::of(EVENTS, &EventCursor(sequence))
    }

    fn encode(list: List, place: &str) -> Self {
        Self(BASE64URL_NOPAD.encode(format!("{list}:{place}").as_bytes()))
    }

    /// The place in `list`.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when the cursor is not of this list; `argument` is what it was passed as.
    pub fn position<P: Position>(&self, list: List, argument: &str) -> Result<P, Error> {
        self.decode(list)
            .and_then(|place| P::from_text(&place))
            .ok_or_else(|| bad_input(format!("{argument}: pass a cursor that this list gave")))
    }

    /// The number of the event.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when the cursor is not of an event; `argument` is what it was passed as.
    pub fn sequence(&self, argument: &str) -> Result<i64, Error> {
        self.decode(EVENTS)
            .and_then(|place| EventCursor::from_text(&place))
            .map(|event| event.0)
            .ok_or_else(|| {
                bad_input(format!(
                    "{argument}: pass a cursor that an event or eventCursor gave"
                ))
            })
    }

    fn decode(&self, list: List) -> Option<String> {
        let bytes = BASE64URL_NOPAD.decode(self.0.as_bytes()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let place = text.strip_prefix(&list.to_string())?.strip_prefix(':')?;
        Some(place.to_owned())
    }
}

/// A place in a list, as cursors hold it.
pub trait Position: Sized {
    /// The place as a cursor's text.
    fn to_text(&self) -> String;

    /// The place that [`Self::to_text`] wrote.
    fn from_text(text: &str) -> Option<Self>;
}

/// A place in a list that is ordered by time, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageCursor {
    /// The item's time.
    pub at: DateTime<Utc>,
    /// The item's id.
    pub id: Uuid,
}

impl Position for PageCursor {
    fn to_text(&self) -> String {
        format!("{}/{}", self.at.timestamp_micros(), self.id)
    }

    fn from_text(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('/')?;
        let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
        // Other years come from nobody but a forger, and the database knows fewer of them than this.
        (0..=9999).contains(&at.year()).then_some(Self {
            at,
            id: id.parse().ok()?,
        })
    }
}

/// A place in the list of events: the number of the event, 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor(pub i64);

impl Position for EventCursor {
    fn to_text(&self) -> String {
        self.0.to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        let sequence = text.parse().ok()?;
        (sequence >= 0).then_some(Self(sequence))
    }
}

/// A place in a list that is ordered by rank, then as [`PageCursor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankedCursor {
    /// The item's rank; 0 is the best.
    pub rank: u8,
    /// The item's place among those of its rank.
    pub place: PageCursor,
}

impl Position for RankedCursor {
    fn to_text(&self) -> String {
        format!("{}.{}", self.rank, self.place.to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let (rank, place) = text.split_once('.')?;
        Some(Self {
            rank: rank.parse().ok()?,
            place: PageCursor::from_text(place)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> PageCursor {
        PageCursor {
            at: DateTime::from_timestamp_micros(1_795_000_000_000_001).unwrap(),
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_cursor_leads_back_to_its_place_and_belongs_to_its_list() {
        let ranked = RankedCursor {
            rank: 1,
            place: place(),
        };

        let things = List::named("things");
        assert_eq!(
            Cursor::of(things, &place())
                .position::<PageCursor>(things, "after")
                .unwrap(),
            place()
        );
        assert_eq!(
            Cursor::of(things, &ranked)
                .position::<RankedCursor>(things, "after")
                .unwrap(),
            ranked
        );
        assert_eq!(Cursor::of_event(12).sequence("after").unwrap(), 12);
        let of_one = List::of("things", Uuid::from_u128(1));
        let of_other = List::of("things", Uuid::from_u128(2));
        let likes = List::named("likes");
        for (list, other) in [
            (things, likes),
            (things, of_one),
            (of_one, things),
            (of_one, of_other),
        ] {
            let refused = Cursor::of(list, &place()).position::<PageCursor>(other, "before");
            assert_eq!(
                refused.unwrap_err().message,
                "before: pass a cursor that this list gave"
            );
        }
        for wrong in ["", "x", "c3RhdHVzZXM", "ZXZlbnQ6LTE"] {
            Cursor(wrong.to_owned()).sequence("after").unwrap_err();
        }
    }
}
