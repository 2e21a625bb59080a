//! A schema of every wrapping, interface and union, whose values are computed from a seed and their place, some of them
//! failures. `frontend-codegen/reference/execute.mjs` computes the same.

use std::sync::Arc;

use amda::graphql::Viewer;
use async_graphql::{Context, EmptyMutation, Error, Interface, Object, Result, Schema, Subscription, Union};
use futures::stream::{self, Stream};

/// The percentage of values that fail, by seed.
const FAILING: [u32; 4] = [0, 3, 10, 30];

/// The seed of a request's data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(pub(crate) u32);

/// The schema without its data.
pub(crate) type DataSchema = Schema<Query, EmptyMutation, Ticks>;

/// The schema.
pub(crate) fn schema() -> DataSchema {
    Schema::build(Query, EmptyMutation, Ticks)
        .register_output_type::<Node>()
        .finish()
}

/// A number that looks random, always the same for a text.
pub(crate) fn hash(text: &str) -> u32 {
    let value = text.bytes().fold(0x811c_9dc5_u32, |value, byte| {
        (value ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let value = (value ^ (value >> 16)).wrapping_mul(0x85eb_ca6b);
    let value = (value ^ (value >> 13)).wrapping_mul(0xc2b2_ae35);
    value ^ (value >> 16)
}

/// A place in the data, by the names of the fields and the indexes on the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    seed: u32,
    path: Arc<str>,
}

impl Place {
    fn root(ctx: &Context<'_>, field: &str) -> Self {
        Self {
            seed: ctx.data_unchecked::<Seed>().0,
            path: field.into(),
        }
    }

    fn below(&self, step: impl std::fmt::Display) -> Self {
        Self {
            seed: self.seed,
            path: format!("{}.{step}", self.path).into(),
        }
    }

    fn chance(&self) -> u32 {
        hash(&format!("{}:{}", self.seed, self.path))
    }

    /// The value here.
    fn resolve<T: Value>(&self) -> Result<T> {
        if self.chance() % 100 < FAILING[self.seed as usize % FAILING.len()] {
            return Err(Error::new(format!("no value at {}", self.path)));
        }
        Ok(T::at(self))
    }
}

/// A type whose values are computed from their place.
trait Value: Sized {
    fn at(place: &Place) -> Self;
}

impl Value for i32 {
    fn at(place: &Place) -> Self {
        (place.chance() >> 4).rem_euclid(1000).try_into().unwrap()
    }
}

impl Value for String {
    fn at(place: &Place) -> Self {
        format!("text {}", (place.chance() >> 4) % 1000)
    }
}

impl<T: Value> Value for Option<T> {
    fn at(place: &Place) -> Self {
        ((place.chance() >> 7) % 100 >= 15).then(|| T::at(place))
    }
}

impl<T: Item> Value for Vec<T> {
    fn at(place: &Place) -> Self {
        let length = (place.chance() >> 14) % 3;
        (0..length).map(|index| T::item(&place.below(index))).collect()
    }
}

/// A type of a list's items.
trait Item: Sized {
    fn item(place: &Place) -> Self;
}

impl<T: Value> Item for Result<T> {
    fn item(place: &Place) -> Self {
        place.resolve()
    }
}

impl<T: Value> Item for Option<Result<T>> {
    fn item(place: &Place) -> Self {
        place.resolve::<Option<T>>().transpose()
    }
}

/// An object that has a name.
#[derive(Interface)]
#[graphql(
    field(name = "name", ty = "String"),
    field(name = "count", ty = "Option<i32>"),
    field(name = "next", ty = "Node"),
    field(name = "maybe_next", ty = "Option<Node>"),
    field(name = "some", ty = "Vec<Result<Node>>")
)]
pub(crate) enum Node {
    Branch(Branch),
    Leaf(Leaf),
}

/// Any object.
#[derive(Union)]
pub(crate) enum Any {
    Branch(Branch),
    Leaf(Leaf),
    Stone(Stone),
}

/// An object without a name.
#[derive(Union)]
pub(crate) enum Nameless {
    Leaf(Leaf),
    Stone(Stone),
}

pub(crate) struct Branch(Place);
pub(crate) struct Leaf(Place);
pub(crate) struct Stone(Place);

impl Value for Branch {
    fn at(place: &Place) -> Self {
        Self(place.clone())
    }
}

impl Value for Leaf {
    fn at(place: &Place) -> Self {
        Self(place.clone())
    }
}

impl Value for Stone {
    fn at(place: &Place) -> Self {
        Self(place.clone())
    }
}

impl Value for Node {
    fn at(place: &Place) -> Self {
        match (place.chance() >> 4) % 2 {
            0 => Self::Branch(Branch::at(place)),
            _ => Self::Leaf(Leaf::at(place)),
        }
    }
}

impl Value for Any {
    fn at(place: &Place) -> Self {
        match (place.chance() >> 4) % 3 {
            0 => Self::Branch(Branch::at(place)),
            1 => Self::Leaf(Leaf::at(place)),
            _ => Self::Stone(Stone::at(place)),
        }
    }
}

impl Value for Nameless {
    fn at(place: &Place) -> Self {
        match (place.chance() >> 4) % 2 {
            0 => Self::Leaf(Leaf::at(place)),
            _ => Self::Stone(Stone::at(place)),
        }
    }
}

/// Fields of one name have the same wrappings everywhere, so that any two selections can be merged. The only list of lists
/// has scalars, each of which may be null. With others the GraphQL library goes wrong beyond repair: it merges two
/// selections of objects in them wrongly, and gives the error of an item that is never null the path of the inner list.
/// AMDA's schema has no list of lists.
#[Object]
impl Branch {
    async fn name(&self) -> Result<String> {
        self.0.below("name").resolve()
    }
    async fn count(&self) -> Result<Option<i32>> {
        self.0.below("count").resolve()
    }
    async fn next(&self) -> Result<Node> {
        self.0.below("next").resolve()
    }
    async fn maybe_next(&self) -> Result<Option<Node>> {
        self.0.below("maybeNext").resolve()
    }
    async fn some(&self) -> Result<Vec<Result<Node>>> {
        self.0.below("some").resolve()
    }
    async fn child(&self) -> Result<Branch> {
        self.0.below("child").resolve()
    }
    async fn maybe_child(&self) -> Result<Option<Branch>> {
        self.0.below("maybeChild").resolve()
    }
    async fn any(&self) -> Result<Any> {
        self.0.below("any").resolve()
    }
    async fn maybe_any(&self) -> Result<Option<Any>> {
        self.0.below("maybeAny").resolve()
    }
    async fn nodes_of_values(&self) -> Result<Option<Vec<Result<Node>>>> {
        self.0.below("nodesOfValues").resolve()
    }
    async fn list_of_nulls(&self) -> Result<Vec<Option<Result<Any>>>> {
        self.0.below("listOfNulls").resolve()
    }
    async fn maybe_list_of_nulls(&self) -> Result<Option<Vec<Option<Result<Branch>>>>> {
        self.0.below("maybeListOfNulls").resolve()
    }
    async fn words(&self) -> Result<Vec<Result<String>>> {
        self.0.below("words").resolve()
    }
    async fn maybe_words(&self) -> Result<Option<Vec<Option<Result<String>>>>> {
        self.0.below("maybeWords").resolve()
    }
    async fn maybe_grid(&self) -> Result<Option<Vec<Option<Result<Vec<Option<Result<i32>>>>>>>> {
        self.0.below("maybeGrid").resolve()
    }
}

#[Object]
impl Leaf {
    async fn name(&self) -> Result<String> {
        self.0.below("name").resolve()
    }
    async fn count(&self) -> Result<Option<i32>> {
        self.0.below("count").resolve()
    }
    async fn next(&self) -> Result<Node> {
        self.0.below("next").resolve()
    }
    async fn maybe_next(&self) -> Result<Option<Node>> {
        self.0.below("maybeNext").resolve()
    }
    async fn some(&self) -> Result<Vec<Result<Node>>> {
        self.0.below("some").resolve()
    }
    async fn weight(&self) -> Result<i32> {
        self.0.below("weight").resolve()
    }
    async fn maybe_nameless(&self) -> Result<Option<Nameless>> {
        self.0.below("maybeNameless").resolve()
    }
}

#[Object]
impl Stone {
    async fn weight(&self) -> Result<i32> {
        self.0.below("weight").resolve()
    }
    async fn count(&self) -> Result<Option<i32>> {
        self.0.below("count").resolve()
    }
    async fn any(&self) -> Result<Any> {
        self.0.below("any").resolve()
    }
    async fn maybe_nameless(&self) -> Result<Option<Nameless>> {
        self.0.below("maybeNameless").resolve()
    }
}

pub(crate) struct Query;

#[Object]
impl Query {
    async fn child(&self, ctx: &Context<'_>) -> Result<Branch> {
        Place::root(ctx, "child").resolve()
    }
    async fn maybe_child(&self, ctx: &Context<'_>) -> Result<Option<Branch>> {
        Place::root(ctx, "maybeChild").resolve()
    }
    async fn maybe_next(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        Place::root(ctx, "maybeNext").resolve()
    }
    async fn maybe_any(&self, ctx: &Context<'_>) -> Result<Option<Any>> {
        Place::root(ctx, "maybeAny").resolve()
    }
    async fn maybe_nameless(&self, ctx: &Context<'_>) -> Result<Option<Nameless>> {
        Place::root(ctx, "maybeNameless").resolve()
    }
    async fn maybe_list_of_nulls(&self, ctx: &Context<'_>) -> Result<Option<Vec<Option<Result<Branch>>>>> {
        Place::root(ctx, "maybeListOfNulls").resolve()
    }
    async fn maybe_words(&self, ctx: &Context<'_>) -> Result<Option<Vec<Option<Result<String>>>>> {
        Place::root(ctx, "maybeWords").resolve()
    }
}

pub(crate) struct Ticks;

#[Subscription(name = "Subscription")]
impl Ticks {
    async fn child(&self, ctx: &Context<'_>) -> impl Stream<Item = Result<Branch>> + use<> {
        let place = Place::root(ctx, "child");
        stream::iter([place.resolve(), place.resolve()])
    }
    async fn maybe_any(&self, ctx: &Context<'_>) -> impl Stream<Item = Result<Option<Any>>> + use<> {
        let place = Place::root(ctx, "maybeAny");
        stream::iter([place.resolve(), place.resolve()])
    }
}

/// The seed of a viewer's data: the number of the user.
pub(crate) fn seed_of(viewer: &Viewer) -> Seed {
    Seed(viewer.user.as_uuid().as_u128().try_into().unwrap())
}
