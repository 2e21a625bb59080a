use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

use super::Language;

const MONTHS: [[&str; 3]; 12] = [
    ["January", "janvier", "janeiro"],
    ["February", "février", "fevereiro"],
    ["March", "mars", "março"],
    ["April", "avril", "abril"],
    ["May", "mai", "maio"],
    ["June", "juin", "junho"],
    ["July", "juillet", "julho"],
    ["August", "août", "agosto"],
    ["September", "septembre", "setembro"],
    ["October", "octobre", "outubro"],
    ["November", "novembre", "novembro"],
    ["December", "décembre", "dezembro"],
];

/// The day of `at` in `zone`, such as `24 November 2026`.
pub fn date(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let local = at.with_timezone(&zone);
    let [english, french, portuguese] = MONTHS[usize::try_from(local.month0()).unwrap_or(0) % 12];
    let month = language.pick(english, french, portuguese);
    let (day, year) = (local.day(), local.year());
    match language {
        Language::French if day == 1 => format!("1er {month} {year}"),
        Language::English | Language::French => format!("{day} {month} {year}"),
        Language::Portuguese => format!("{day} de {month} de {year}"),
    }
}

/// The day and time of `at` in `zone`, such as `24 November 2026, 12:00`.
pub fn date_and_time(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let time = at.with_timezone(&zone).format("%H:%M");
    let between = language.pick(", ", " à ", " às ");
    format!("{}{between}{time}", date(at, zone, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_by_the_readers_clock_and_in_their_language() {
        let at = "2026-11-30T23:05:00Z".parse().unwrap();
        let told = |language| date_and_time(at, chrono_tz::Europe::Berlin, language);

        assert_eq!(told(Language::English), "1 December 2026, 00:05");
        assert_eq!(told(Language::French), "1er décembre 2026 à 00:05");
        assert_eq!(told(Language::Portuguese), "1 de dezembro de 2026 às 00:05");
    }
}
