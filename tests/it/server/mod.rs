mod documents;
mod health;
mod http;
mod lifetime;
mod sharing;
mod sockets;
mod world;
