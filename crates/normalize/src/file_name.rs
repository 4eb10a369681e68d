//! What the name of a file says about its lines: two files with the same cells are read alike when
//! their names say the same. Not here: how much a name counts against titles and sheet names.

use channelflow_model::FlowKind;

use crate::span::{self, Span};
use crate::vocabulary::Vocabulary;
use crate::{kind, normalize};

/// Everything in a file name that can change what its cells are read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileNameSays {
    kind: Option<FlowKind>,
    span: Option<Span>,
    /// The whole name, when it calls the lines returns: it stands in their details.
    returns: Option<String>,
    empty: Option<FlowKind>,
}

/// What a file name says.
pub fn says(file_name: &str, vocabulary: &Vocabulary) -> FileNameSays {
    let stem = file_name
        .rsplit_once('.')
        .map_or(file_name, |(stem, _)| stem);
    FileNameSays {
        kind: kind::named(&[file_name], vocabulary),
        span: span::in_text(stem),
        returns: vocabulary
            .names_return(file_name)
            .then(|| file_name.to_owned()),
        empty: normalize::says_empty(file_name, vocabulary),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_the_same() {
        let vocabulary = Vocabulary::builtin();
        let say = |name| says(name, &vocabulary);
        let plain = say("甲公司_销售流向_202601.xlsx");
        assert_eq!(say("甲公司_销售流向_202601_重导.csv"), plain);
        for other in [
            "甲公司_销售流向_202602.xlsx",
            "甲公司_采购_202601.xlsx",
            "甲公司_销售退货_202601.xlsx",
            "甲公司_本月无销售_202601.xlsx",
            "甲公司_销售流向.xlsx",
        ] {
            assert_ne!(say(other), plain, "{other}");
        }
    }
}
