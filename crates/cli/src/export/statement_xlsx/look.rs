//! What cells of a statement look like.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// A font Excel has wherever hanzi are read.
const FONT: &str = "Microsoft YaHei";
const DEEP: Color = Color::RGB(0x001F_4E79);
const SOFT: Color = Color::RGB(0x0056_616F);
const ALERT: Color = Color::RGB(0x009B_1C1C);
const LINE: Color = Color::RGB(0x00C9_D0D8);
const BAND: Color = Color::RGB(0x00EA_EFF4);

/// How a cell stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A cell of a table.
    Plain,
    /// A sum.
    Sum,
    /// A fact beside its label.
    Fact,
    /// The same, of less weight.
    Small,
}

/// Formats of cells by what they hold.
pub struct Style {
    /// Texts, from the left.
    pub text: Format,
    /// Texts in columns of numbers.
    pub mark: Format,
    /// Numbers that name something.
    pub id: Format,
    /// Whole amounts.
    pub count: Format,
    /// Two decimals.
    pub money: Format,
    /// Up to six decimals.
    pub millionths: Format,
    /// More decimals.
    pub finer: Format,
    /// Days.
    pub day: Format,
    /// Dates with time.
    pub moment: Format,
}

impl Style {
    /// The formats of a tone.
    pub fn new(tone: Tone) -> Self {
        let base = match tone {
            Tone::Plain => base()
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(LINE),
            Tone::Sum => base()
                .set_bold()
                .set_border_top(FormatBorder::Thin)
                .set_border_bottom(FormatBorder::Thin),
            Tone::Fact => base().set_bold(),
            Tone::Small => base(),
        };
        let left = || {
            let format = base.clone().set_align(FormatAlign::Left);
            match tone {
                Tone::Plain | Tone::Sum => format.set_indent(1),
                Tone::Fact | Tone::Small => format,
            }
        };
        let number = |pattern: &str| base.clone().set_num_format(pattern);
        Style {
            text: left().set_text_wrap(),
            mark: base.clone().set_align(FormatAlign::Right),
            id: left().set_num_format("0"),
            count: number("#,##0"),
            money: number("#,##0.00"),
            millionths: number("#,##0.00####"),
            finer: number("#,##0.00############"),
            day: left().set_num_format("yyyy-mm-dd"),
            moment: left().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

/// Everything begins with this.
fn base() -> Format {
    Format::new()
        .set_font_name(FONT)
        .set_font_size(10)
        .set_align(FormatAlign::VerticalCenter)
}

/// Name of the company.
pub fn company() -> Format {
    base()
        .set_font_size(12)
        .set_font_color(SOFT)
        .set_align(FormatAlign::Center)
}

/// Title of the statement.
pub fn title() -> Format {
    base()
        .set_font_size(20)
        .set_bold()
        .set_font_color(DEEP)
        .set_align(FormatAlign::Center)
        .set_border_bottom(FormatBorder::Double)
        .set_border_bottom_color(DEEP)
}

/// Heading of a section.
pub fn heading() -> Format {
    base().set_bold().set_font_size(11).set_font_color(DEEP)
}

/// What to know before paying.
pub fn notice() -> Format {
    base()
        .set_bold()
        .set_font_color(ALERT)
        .set_text_wrap()
        .set_border(FormatBorder::Thin)
        .set_border_color(ALERT)
        .set_indent(1)
}

/// Label of a fact.
pub fn label() -> Format {
    base().set_font_color(SOFT)
}

/// Label of a sum in a box.
pub fn boxed_label() -> Format {
    label()
        .set_background_color(BAND)
        .set_border(FormatBorder::Thin)
        .set_indent(1)
}

/// A sum in a box.
pub fn boxed() -> Format {
    base()
        .set_bold()
        .set_font_size(13)
        .set_align(FormatAlign::Left)
        .set_border(FormatBorder::Thin)
        .set_indent(1)
}

/// Who signs: the top of a box.
pub fn signer() -> Format {
    sides(label()).set_border_top(FormatBorder::Thin)
}

/// Where somebody signs: the middle of a box.
pub fn signature() -> Format {
    sides(base())
}

/// When somebody signed: the bottom of a box.
pub fn signed() -> Format {
    sides(label()).set_border_bottom(FormatBorder::Thin)
}

fn sides(format: Format) -> Format {
    format
        .set_border_left(FormatBorder::Thin)
        .set_border_right(FormatBorder::Thin)
        .set_indent(1)
}

/// A remark.
pub fn note() -> Format {
    base().set_font_size(9).set_font_color(SOFT).set_text_wrap()
}

/// A hash.
pub fn hash() -> Format {
    base().set_font_name("Consolas").set_font_size(9)
}

/// Title of a column.
pub fn column(right: bool) -> Format {
    let format = base()
        .set_bold()
        .set_text_wrap()
        .set_background_color(BAND)
        .set_border_top(FormatBorder::Thin)
        .set_border_bottom(FormatBorder::Thin);
    if right {
        format.set_align(FormatAlign::Right)
    } else {
        format.set_indent(1)
    }
}
