//! Pages of lists: newest first, by cursors that are ids.

use serde_json::{Value, json};

use super::object::{Object, Table, named};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;

/// The length of a page when none is asked for.
const DEFAULT_LIMIT: i64 = 10;

/// The page that a request asks for.
#[derive(Debug)]
pub(super) struct Page {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
}

impl Page {
    /// Takes the parameters of a page.
    pub(super) fn take(params: &mut Params) -> Result<Self> {
        let limit = params.integer_within("limit", 1, 100)?.unwrap_or(DEFAULT_LIMIT);
        let starting_after = params.text("starting_after")?;
        let ending_before = params.text("ending_before")?;
        if starting_after.is_some() && ending_before.is_some() {
            let message = "You may only specify one of these parameters: starting_after, ending_before.";
            return Err(Refusal::invalid(message));
        }
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(1),
            starting_after,
            ending_before,
        })
    }

    /// The page of the objects that `is_listed` lets through.
    pub(super) fn of<T: Object>(
        self,
        state: &State,
        table: &Table<T>,
        url: &str,
        is_listed: impl Fn(&T) -> bool,
    ) -> Result<Value> {
        if let Some(cursor) = &self.starting_after {
            named(table, cursor, "starting_after")?;
        }
        if let Some(cursor) = &self.ending_before {
            named(table, cursor, "ending_before")?;
        }
        let after = self.starting_after.as_deref();
        let before = self.ending_before.as_deref();
        let listed: Vec<&T> = table
            .iter()
            .rev()
            .filter(|(id, _)| after.is_none_or(|cursor| id.as_str() < cursor))
            .filter(|(id, _)| before.is_none_or(|cursor| id.as_str() > cursor))
            .map(|(_, object)| object)
            .filter(|object| is_listed(object))
            .collect();
        let has_more = listed.len() > self.limit;
        // Before a cursor, the nearest to it are the last ones.
        let skipped = match self.ending_before {
            Some(_) => listed.len().saturating_sub(self.limit),
            None => 0,
        };
        let page = listed.into_iter().skip(skipped).take(self.limit);
        let data: Vec<Value> = page.map(|object| object.render(state)).collect();
        Ok(envelope(url, &data, has_more))
    }
}

/// A list with everything in it.
pub(super) fn whole(url: &str, data: impl Iterator<Item = Value>) -> Value {
    envelope(url, &data.collect::<Vec<_>>(), false)
}

fn envelope(url: &str, data: &[Value], has_more: bool) -> Value {
    json!({ "object": "list", "data": data, "has_more": has_more, "url": url })
}

/// Bounds of a time, such as `created[gte]`.
#[derive(Debug, Default)]
pub(super) struct Between {
    least: Option<i64>,
    most: Option<i64>,
}

impl Between {
    /// Takes `created` or another time of a request: a moment, or bounds.
    pub(super) fn take(params: &mut Params, field: &str) -> Result<Self> {
        let Some(mut bounds) = params.object_or_text(field)? else {
            return Ok(Self::default());
        };
        let exactly = bounds.integer("")?;
        let least = bounds.integer("gte")?;
        let above = bounds.integer("gt")?.map(|moment| moment.saturating_add(1));
        let most = bounds.integer("lte")?;
        let below = bounds.integer("lt")?.map(|moment| moment.saturating_sub(1));
        bounds.finish()?;
        Ok(Self {
            least: exactly.or(least.max(above)),
            most: exactly.or([most, below].into_iter().flatten().min()),
        })
    }

    pub(super) fn has(&self, moment: i64) -> bool {
        self.least.is_none_or(|least| moment >= least) && self.most.is_none_or(|most| moment <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::super::form;
    use super::super::product;
    use super::*;

    fn params(encoded: &str) -> Params {
        Params::new(form::parse(encoded.as_bytes()).unwrap())
    }

    /// Five products, and the names on the page that is asked for.
    fn names(state: &State, query: &str) -> (Vec<String>, bool) {
        let page = product::list(state, params(query)).unwrap();
        let data = page["data"].as_array().unwrap();
        let names = data
            .iter()
            .map(|product| product["name"].as_str().unwrap().to_owned());
        (names.collect(), page["has_more"].as_bool().unwrap())
    }

    fn five_products() -> (State, Vec<String>) {
        let mut state = State::at(0);
        let ids = (1..=5).map(|number| {
            let made = product::create(&mut state, params(&format!("name={number}"))).unwrap();
            made["id"].as_str().unwrap().to_owned()
        });
        let ids = ids.collect();
        (state, ids)
    }

    #[test]
    fn pages_go_from_the_newest_to_the_oldest() {
        let (state, ids) = five_products();

        assert_eq!(
            names(&state, "limit=2"),
            (vec!["5".to_owned(), "4".to_owned()], true)
        );
        let next = format!("limit=2&starting_after={}", ids[1]);
        assert_eq!(names(&state, &next), (vec!["1".to_owned()], false));
    }

    #[test]
    fn a_page_before_a_cursor_holds_the_nearest() {
        let (state, ids) = five_products();

        let before = format!("limit=2&ending_before={}", ids[0]);

        assert_eq!(
            names(&state, &before),
            (vec!["3".to_owned(), "2".to_owned()], true)
        );
    }

    #[test]
    fn an_unknown_cursor_and_a_page_too_long_are_refused() {
        let (state, _) = five_products();

        assert!(product::list(&state, params("starting_after=prod_x")).is_err());
        assert!(product::list(&state, params("limit=101")).is_err());
        assert!(product::list(&state, params("starting_after=a&ending_before=b")).is_err());
    }

    #[test]
    fn a_time_is_given_exactly_or_by_bounds() {
        let between = |query| Between::take(&mut params(query), "created").unwrap();

        assert!(between("created=5").has(5) && !between("created=5").has(6));
        assert!(between("created[gt]=5&created[lte]=7").has(6));
        assert!(!between("created[gt]=5").has(5) && !between("created[lt]=5").has(5));
        assert!(between("").has(1));
    }
}
