//! A mail server on loopback, which takes mail in by SMTP and behaves as a test wants.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::mime::Parsed;
use super::tls;
use super::websocket::SOON;

/// How the server behaves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conduct {
    /// Takes mail only after this user name and password.
    pub(crate) login: Option<(&'static str, &'static str)>,
    /// Offers STARTTLS; this comes of it.
    pub(crate) tls: Option<Tls>,
    /// Answers so to each recipient.
    pub(crate) recipient: Option<&'static str>,
    /// Answers so to each mail, after it was sent whole.
    pub(crate) mail: Option<&'static str>,
    /// Takes each mail and hangs up before it says so.
    pub(crate) hangs_up: bool,
}

/// What comes of it when a client begins with TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tls {
    /// The server speaks none.
    Broken,
    /// The server's certificate is one that nobody vouches for.
    Unvouched,
}

/// A mail that came.
#[derive(Debug, Clone)]
pub(crate) struct Delivered {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) mail: Parsed,
}

/// The server.
pub(crate) struct SmtpServer {
    pub(crate) address: SocketAddr,
    conduct: Arc<Mutex<Conduct>>,
    delivered: mpsc::UnboundedReceiver<Delivered>,
}

#[derive(Clone)]
struct Inside {
    conduct: Arc<Mutex<Conduct>>,
    delivered: mpsc::UnboundedSender<Delivered>,
}

impl SmtpServer {
    /// One that takes everything.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let conduct = Arc::new(Mutex::new(Conduct::default()));
        let (sent, delivered) = mpsc::unbounded_channel();
        let inside = Inside {
            conduct: Arc::clone(&conduct),
            delivered: sent,
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, inside.clone()));
            }
        });
        Self {
            address,
            conduct,
            delivered,
        }
    }

    /// Behaves so from now on.
    pub(crate) fn behave(&self, conduct: Conduct) {
        *self.conduct.lock().unwrap() = conduct;
    }

    /// Its address, without encryption.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The next mail; there must be one soon.
    pub(crate) async fn next(&mut self) -> Delivered {
        let next = tokio::time::timeout(SOON, self.delivered.recv()).await;
        next.expect("mail comes in time").expect("the server runs")
    }

    /// What came and nobody asked for yet.
    pub(crate) fn drain(&mut self) -> Vec<Delivered> {
        std::iter::from_fn(|| self.delivered.try_recv().ok()).collect()
    }
}

/// One session. It ends when the other side hangs up, or breaks the rules.
async fn serve(stream: TcpStream, inside: Inside) {
    let _ = converse(BufReader::new(stream), &inside).await;
}

async fn converse(mut stream: BufReader<TcpStream>, inside: &Inside) -> std::io::Result<()> {
    say(&mut stream, "220 mail.test ESMTP").await?;
    let (mut from, mut to, mut is_known) = (String::new(), Vec::new(), false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let conduct = inside.conduct.lock().unwrap().clone();
        let line = line.trim_end();
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => {
                let mut offers = vec!["mail.test", "8BITMIME", "SMTPUTF8"];
                offers.extend(conduct.login.map(|_| "AUTH PLAIN"));
                offers.extend(conduct.tls.map(|_| "STARTTLS"));
                let lines: Vec<String> = offers.iter().map(|offer| format!("250-{offer}")).collect();
                say(&mut stream, &format!("{}\r\n250 OK", lines.join("\r\n"))).await?;
            }
            "STARTTLS" => match conduct.tls {
                None => say(&mut stream, "502 not here").await?,
                Some(Tls::Broken) => say(&mut stream, "220 go on\r\nthis is no TLS").await?,
                Some(Tls::Unvouched) => {
                    say(&mut stream, "220 go on").await?;
                    return tls::begin(&mut stream).await;
                }
            },
            "AUTH" => {
                is_known = knows(line, conduct.login);
                let answer = if is_known {
                    "235 hello"
                } else {
                    "535 who are you, ana@example.org?"
                };
                say(&mut stream, answer).await?;
            }
            "MAIL" if conduct.login.is_some() && !is_known => say(&mut stream, "530 log in first").await?,
            "MAIL" => {
                from = bracketed(line);
                say(&mut stream, "250 OK").await?;
            }
            "RCPT" => {
                to.push(bracketed(line));
                say(&mut stream, conduct.recipient.unwrap_or("250 OK")).await?;
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let mail = Parsed::of(&read_mail(&mut stream).await?);
                if let Some(answer) = conduct.mail {
                    say(&mut stream, answer).await?;
                    continue;
                }
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                let _ = inside.delivered.send(Delivered { from, to, mail });
                if conduct.hangs_up {
                    return Ok(());
                }
                say(&mut stream, "250 OK").await?;
            }
            "RSET" | "NOOP" => say(&mut stream, "250 OK").await?,
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "500 what?").await?,
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// The mail as it was before dots were doubled.
async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(mail);
        }
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn knows(line: &str, login: Option<(&str, &str)>) -> bool {
    let Some((name, password)) = login else {
        return false;
    };
    let right = BASE64.encode(format!("\0{name}\0{password}").as_bytes());
    line.strip_prefix("AUTH PLAIN ") == Some(right.as_str())
}

fn bracketed(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(inside, _)| inside.to_owned()).unwrap_or_default()
}
