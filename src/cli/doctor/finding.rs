use crate::cli::report;

/// The result of one check.
#[derive(Debug)]
pub(super) struct Finding {
    subject: &'static str,
    verdict: Verdict,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    /// Nothing is wrong, but the check could not be made.
    Skipped,
    /// It works, and something may come of it that the operator does not want.
    Risky,
    Wrong,
}

impl Finding {
    /// True when the check found something wrong.
    pub(super) fn is_wrong(&self) -> bool {
        self.verdict == Verdict::Wrong
    }

    pub(super) fn fine(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            subject,
            verdict: Verdict::Fine,
            text: text.into(),
        }
    }

    pub(super) fn skipped(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            subject,
            verdict: Verdict::Skipped,
            text: text.into(),
        }
    }

    pub(super) fn wrong(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            subject,
            verdict: Verdict::Wrong,
            text: text.into(),
        }
    }

    pub(super) fn risky(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            subject,
            verdict: Verdict::Risky,
            text: text.into(),
        }
    }

    /// A check that failed with an error.
    pub(super) fn failed(subject: &'static str, error: &dyn std::error::Error) -> Self {
        Self::wrong(subject, report::chain(error).replace("\n  because", "; because"))
    }

    pub(super) fn line(&self) -> String {
        let mark = match self.verdict {
            Verdict::Fine => "ok",
            Verdict::Skipped => "--",
            Verdict::Risky => "WARN",
            Verdict::Wrong => "FAIL",
        };
        format!("{mark:<5}{:<14}{}", self.subject, self.text)
    }
}
