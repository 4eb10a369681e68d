//! The lists a vocabulary file consists of, as they stand in the TOML. Not here: how they are
//! searched; that is `vocabulary`.

use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FieldWords {
    pub(crate) sale: Vec<String>,
    pub(crate) purchase: Vec<String>,
    pub(crate) inventory: Vec<String>,
    pub(crate) flow: Vec<String>,
    pub(crate) any: Vec<String>,
    pub(crate) composite: Vec<String>,
    pub(crate) sale_last: Vec<String>,
}

/// Words that name the kind of a sheet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KindWords {
    pub(crate) sale: Vec<String>,
    pub(crate) purchase: Vec<String>,
    pub(crate) inventory: Vec<String>,
    pub(crate) several: Vec<String>,
    pub(crate) summary: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DocTypeWords {
    pub(crate) price_adjustment: Vec<String>,
    pub(crate) r#return: Vec<String>,
    pub(crate) purchase_return: Vec<String>,
    pub(crate) transfer: Vec<String>,
    pub(crate) gift: Vec<String>,
    pub(crate) stock_adjustment: Vec<String>,
    pub(crate) plain: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UnitWords {
    pub(crate) units: Vec<String>,
}

/// Lists of single words; each is explained in `config/vocabulary/words.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) total_whole: Vec<String>,
    pub(crate) total_part: Vec<String>,
    pub(crate) total_whole_ends: Vec<String>,
    pub(crate) total_part_ends: Vec<String>,
    pub(crate) placeholders: Vec<String>,
    pub(crate) lot_prefixes: Vec<String>,
    pub(crate) expiry_prefixes: Vec<String>,
    pub(crate) refused: Vec<String>,
    pub(crate) ex_tax_tails: Vec<String>,
    pub(crate) other_measures: Vec<String>,
    pub(crate) section_labels: Vec<String>,
    pub(crate) return_columns: Vec<String>,
    pub(crate) print_labels: Vec<String>,
    pub(crate) no_sale: Vec<String>,
    pub(crate) no_purchase: Vec<String>,
    pub(crate) no_inventory: Vec<String>,
    pub(crate) traditional: String,
    pub(crate) simplified: String,
}

impl KindWords {
    pub(crate) fn add(&mut self, more: KindWords) {
        self.sale.extend(more.sale);
        self.purchase.extend(more.purchase);
        self.inventory.extend(more.inventory);
        self.several.extend(more.several);
        self.summary.extend(more.summary);
    }
}

impl Words {
    pub(crate) fn add(&mut self, more: Words) {
        for (own, added) in [
            (&mut self.total_whole, more.total_whole),
            (&mut self.total_part, more.total_part),
            (&mut self.total_whole_ends, more.total_whole_ends),
            (&mut self.total_part_ends, more.total_part_ends),
            (&mut self.placeholders, more.placeholders),
            (&mut self.lot_prefixes, more.lot_prefixes),
            (&mut self.expiry_prefixes, more.expiry_prefixes),
            (&mut self.refused, more.refused),
            (&mut self.ex_tax_tails, more.ex_tax_tails),
            (&mut self.other_measures, more.other_measures),
            (&mut self.section_labels, more.section_labels),
            (&mut self.return_columns, more.return_columns),
            (&mut self.print_labels, more.print_labels),
            (&mut self.no_sale, more.no_sale),
            (&mut self.no_purchase, more.no_purchase),
            (&mut self.no_inventory, more.no_inventory),
        ] {
            own.extend(added);
        }
        self.traditional.push_str(&more.traditional);
        self.simplified.push_str(&more.simplified);
    }
}
