//! Parties, products and lots of a sheet as distinct combinations of their texts, and the other
//! texts of its lines.

use std::borrow::Cow;

use channelflow_model::flow::{ReportedLot, ReportedParty, ReportedProduct};
use channelflow_model::{CellKind, Day, Field, LineFlags};
use rustc_hash::FxHashMap;

use crate::build::Builder;
use crate::expiry::{self, Expiry};
use crate::read::Sheet;
use crate::texts::{TextIndex, Texts, combine, index, number, tidy};
use crate::vocabulary::Vocabulary;
use crate::{FileContext, lot};

/// What the texts of a sheet's lines became; every `Vec` has one entry per line.
#[derive(Default)]
pub(crate) struct Entities {
    /// Indices into the builder's dictionaries.
    pub(crate) party: Vec<u32>,
    pub(crate) product: Vec<u32>,
    pub(crate) lot: Vec<u32>,
    pub(crate) texts: LineTexts,
    pub(crate) flags: Vec<LineFlags>,
    /// Names and codes as numbers of this sheet; 0 is none.
    pub(crate) product_names: Vec<u32>,
    pub(crate) product_codes: Vec<u32>,
    pub(crate) party_names: Vec<u32>,
    pub(crate) party_codes: Vec<u32>,
    /// Lines whose quantity cell names another unit than their unit cell, ascending.
    pub(crate) unit_conflicts: Vec<u32>,
}

/// Indices into the table's texts.
#[derive(Default)]
pub(crate) struct LineTexts {
    pub(crate) doc_no: Vec<u32>,
    pub(crate) line_id: Vec<u32>,
    pub(crate) doc_type: Vec<u32>,
    pub(crate) branch: Vec<u32>,
    pub(crate) salesperson: Vec<u32>,
    pub(crate) remark: Vec<u32>,
    pub(crate) stock_status: Vec<u32>,
}

/// A text column of this sheet with its own distinct texts.
struct Local {
    ids: Vec<u32>,
    texts: Vec<String>,
}

impl Local {
    fn text(&self, line: u32) -> &str {
        let id = self.ids.get(line as usize).copied().unwrap_or(0);
        self.texts.get(id as usize).map_or("", String::as_str)
    }
}

/// Numbers columns and gathers their marks.
struct Gather<'s, 'a> {
    sheet: &'s Sheet<'a>,
    rows: &'s [u32],
    vocabulary: &'s Vocabulary,
    flags: Vec<LineFlags>,
}

/// Collects everything the lines in `rows` name.
pub(crate) fn collect(
    sheet: &Sheet<'_>,
    rows: &[u32],
    builder: &mut Builder,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
) -> Entities {
    let mut gather = Gather {
        sheet,
        rows,
        vocabulary,
        flags: vec![LineFlags::default(); rows.len()],
    };
    let mut entities = Entities::default();
    gather.parties(builder, &mut entities);
    gather.products(builder, &mut entities);
    gather.lots(builder, context, &mut entities);
    entities.texts = LineTexts {
        doc_no: gather.shared(Field::DocNo, builder),
        line_id: gather.shared(Field::LineId, builder),
        doc_type: gather.shared(Field::DocType, builder),
        branch: match sheet.columns.get(Field::BranchName) {
            Some(_) => gather.shared(Field::BranchName, builder),
            None => gather.shared(Field::BranchCode, builder),
        },
        salesperson: gather.shared(Field::Salesperson, builder),
        remark: gather.shared(Field::Remark, builder),
        stock_status: gather.shared(Field::StockStatus, builder),
    };
    entities.flags = gather.flags;
    entities
}

/// Codes a spreadsheet is known to damage.
fn is_code(field: Field) -> bool {
    matches!(
        field,
        Field::ProductCode
            | Field::PartyCode
            | Field::Barcode
            | Field::Lot
            | Field::LineId
            | Field::PartyTaxId
    )
}

impl Gather<'_, '_> {
    /// Numbers a column into `texts`; zeros when the sheet does not have it.
    fn column(&mut self, field: Field, texts: &mut TextIndex) -> Vec<u32> {
        let Some(column) = self.sheet.columns.get(field) else {
            return vec![0; self.rows.len()];
        };
        let vocabulary = self.vocabulary;
        // As written, for the lot and its dates: what they mean is decided on the combination.
        let keeps_placeholders = matches!(field, Field::Lot | Field::Expiry | Field::MfgDate)
            || matches!(
                field,
                Field::DocNo | Field::LineId | Field::DocType | Field::Remark
            );
        // Document numbers that hardly repeat are not compared with each other. A line id is: two
        // lines with the same one are suspicious.
        let unique = matches!(field, Field::DocNo | Field::Remark)
            && column.values.code_count() > (self.rows.len() / 2).max(10_000);
        let numbered: Texts = number(column, self.rows, texts, unique, |kind, raw| {
            let (text, mut flags) = tidy(kind, raw);
            if is_code(field) && lot::is_damaged(kind, raw) {
                flags.set(LineFlags::INEXACT_CODE);
            }
            if !keeps_placeholders && vocabulary.is_placeholder(&text) {
                return (Cow::Borrowed(""), flags);
            }
            if field == Field::Spec
                && let Cow::Owned(repaired) = lot::repair_spec(&text)
            {
                flags.set(LineFlags::TEXT_FIXED);
                return (Cow::Owned(repaired), flags);
            }
            (text, flags)
        });
        for (all, own) in self.flags.iter_mut().zip(&numbered.flags) {
            all.set(*own);
        }
        numbered.ids
    }

    fn local(&mut self, field: Field) -> Local {
        let mut texts = TextIndex::default();
        let ids = self.column(field, &mut texts);
        Local {
            ids,
            texts: texts.texts,
        }
    }

    fn shared(&mut self, field: Field, builder: &mut Builder) -> Vec<u32> {
        self.column(field, &mut builder.texts)
    }

    fn parties(&mut self, builder: &mut Builder, entities: &mut Entities) {
        let name = self.local(Field::PartyName);
        let code = self.local(Field::PartyCode);
        let address = self.local(Field::PartyAddress);
        let city = self.local(Field::PartyCity);
        let tax_id = self.local(Field::PartyTaxId);
        let columns = [&name, &code, &address, &city, &tax_id].map(|local| local.ids.as_slice());
        let combined = combine(&columns, self.rows.len());
        let indices: Vec<u32> = combined
            .first_lines
            .iter()
            .map(|line| {
                builder.party(ReportedParty {
                    name: name.text(*line).to_owned(),
                    code: code.text(*line).to_owned(),
                    address: address.text(*line).to_owned(),
                    city: city.text(*line).to_owned(),
                    tax_id: tax_id.text(*line).to_owned(),
                })
            })
            .collect();
        entities.party = translate(combined.ids, &indices);
        entities.party_names = name.ids;
        entities.party_codes = code.ids;
    }

    fn products(&mut self, builder: &mut Builder, entities: &mut Entities) {
        let name = self.local(Field::ProductName);
        let code = self.local(Field::ProductCode);
        let spec = self.local(Field::Spec);
        let maker = self.local(Field::Maker);
        let approval_no = self.local(Field::ApprovalNo);
        let barcode = self.local(Field::Barcode);
        let pack_size = self.local(Field::PackSize);
        let (unit, conflicts) = self.units();
        let columns = [
            &name,
            &code,
            &spec,
            &maker,
            &approval_no,
            &barcode,
            &unit,
            &pack_size,
        ]
        .map(|local| local.ids.as_slice());
        let combined = combine(&columns, self.rows.len());
        let indices: Vec<u32> = combined
            .first_lines
            .iter()
            .map(|line| {
                builder.product(ReportedProduct {
                    name: name.text(*line).to_owned(),
                    code: code.text(*line).to_owned(),
                    spec: spec.text(*line).to_owned(),
                    maker: maker.text(*line).to_owned(),
                    approval_no: approval_no.text(*line).to_owned(),
                    barcode: barcode.text(*line).to_owned(),
                    unit: unit.text(*line).to_owned(),
                    pack_size: pack_size.text(*line).to_owned(),
                })
            })
            .collect();
        entities.product = translate(combined.ids, &indices);
        entities.product_names = name.ids;
        entities.product_codes = code.ids;
        entities.unit_conflicts = conflicts;
    }

    /// The unit of every line: from the quantity cell (`12盒`) or the unit column, else from the
    /// header or the layout. Lines where the unit column disagrees with the quantity's cell or, for
    /// a bare number, with its title (`数量(件)`) are returned beside it.
    fn units(&mut self) -> (Local, Vec<u32>) {
        let mut units = self.local(Field::Unit);
        let sheet = self.sheet;
        let quantity = sheet.columns.get(Field::Quantity);
        let from_header = quantity.and_then(|column| column.layout.unit.as_deref());
        let fallback = from_header
            .or(sheet.plan.layout.unit.as_deref())
            .unwrap_or("");
        let mut index_of: FxHashMap<(u32, u32), (u32, bool)> = FxHashMap::default();
        let mut conflicts = Vec::new();
        for (line, (id, row)) in units.ids.iter_mut().zip(self.rows).enumerate() {
            let suffix =
                quantity.map_or(0, |column| sheet.quantity.unit(column.code(*row as usize)));
            let bare = from_header.is_none() || *id == 0;
            if suffix == 0 && bare && (*id != 0 || fallback.is_empty()) {
                continue;
            }
            let own = *id;
            let (unit, conflict) = *index_of.entry((own, suffix)).or_insert_with(|| {
                let column = units.texts.get(own as usize).map_or("", String::as_str);
                let suffix = sheet.quantity.unit_name(suffix);
                let conflict = !column.is_empty()
                    && if suffix.is_empty() {
                        // `小盒` under `数量(盒)` says more of the same.
                        from_header.is_some_and(|title| !column.contains(title))
                    } else {
                        !suffix.eq_ignore_ascii_case(column)
                    };
                let text = [column, suffix, fallback]
                    .into_iter()
                    .find(|text| !text.is_empty());
                let text = text.unwrap_or("").to_owned();
                let known = units.texts.iter().position(|known| *known == text);
                let position = known.unwrap_or(units.texts.len());
                if known.is_none() {
                    units.texts.push(text);
                }
                (index(position), conflict)
            });
            *id = unit;
            if conflict {
                conflicts.push(index(line));
            }
        }
        (units, conflicts)
    }

    fn lots(&mut self, builder: &mut Builder, context: &FileContext<'_>, entities: &mut Entities) {
        let lot = self.local(Field::Lot);
        let expiry = self.local(Field::Expiry);
        let mfg = self.local(Field::MfgDate);
        let columns = [&lot, &expiry, &mfg].map(|local| local.ids.as_slice());
        let combined = combine(&columns, self.rows.len());
        let mut marks = Vec::with_capacity(combined.first_lines.len());
        let mut indices = Vec::with_capacity(combined.first_lines.len());
        for line in &combined.first_lines {
            let (reported, flags) = self.lot(
                lot.text(*line),
                expiry.text(*line),
                mfg.text(*line),
                context,
            );
            indices.push(builder.lot(reported));
            marks.push(flags);
        }
        if marks.iter().any(|flags| *flags != LineFlags::default()) {
            for (flags, id) in self.flags.iter_mut().zip(&combined.ids) {
                flags.set(marks.get(*id as usize).copied().unwrap_or_default());
            }
        }
        entities.lot = translate(combined.ids, &indices);
    }

    fn lot(
        &self,
        raw: &str,
        expiry_raw: &str,
        mfg_raw: &str,
        context: &FileContext<'_>,
    ) -> (ReportedLot, LineFlags) {
        let epoch_1904 = self.sheet.plan.table.epoch_1904;
        let canonical = lot::canonical(raw, self.vocabulary);
        let mfg: Option<Day> = expiry::mfg(CellKind::Text, mfg_raw, epoch_1904);
        let kind = if expiry_raw.is_empty() {
            CellKind::Empty
        } else {
            CellKind::Text
        };
        let expiry = expiry::read(kind, expiry_raw, epoch_1904, self.vocabulary);
        let found = expiry.day(mfg, context.settings.expiry_month);
        let mut flags = LineFlags::default();
        if lot::is_multiple(&canonical) {
            flags.set(LineFlags::MULTI_LOT);
        }
        let unread_mfg = mfg.is_none() && !self.vocabulary.is_placeholder(mfg_raw);
        let unread_expiry = expiry != Expiry::Empty && found.day.is_none();
        if unread_mfg || unread_expiry {
            flags.set(LineFlags::CELL_IGNORED);
        }
        let reported = ReportedLot {
            raw: raw.to_owned(),
            lot: canonical,
            expiry_raw: expiry_raw.to_owned(),
            expiry: found.day,
            precision: found.precision,
            expiry_rule: found.rule.to_owned(),
            mfg,
        };
        (reported, flags)
    }
}

/// Numbers of this sheet's combinations as indices of the table's dictionary.
fn translate(mut ids: Vec<u32>, indices: &[u32]) -> Vec<u32> {
    for id in &mut ids {
        *id = indices.get(*id as usize).copied().unwrap_or(0);
    }
    ids
}
