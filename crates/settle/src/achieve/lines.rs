//! Sums of the spans for everything one level is about, from the sums of the months.
//!
//! Here a post's sales find their place in the organisation, month by month. Not here: targets
//! and rates.

use rustc_hash::FxHashMap;

use super::ids::{Grid, Ids, Sums};
use super::row::Level;
use super::tally::Achievement;
use super::windows::SUMS;
use super::{AchieveError, OrgView};

/// Sums of one id, counting point and product group by span and role, see `windows::place`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line {
    pub(super) all: [Sums; SUMS],
    /// The part no post is credited for.
    pub(super) nobody: [Sums; SUMS],
}

/// All lines of a level.
#[derive(Debug, Default)]
pub(super) struct Lines<'r> {
    pub(super) ids: Ids<&'r str>,
    /// By (counting point × product groups + product group), then by id.
    blocks: Vec<Vec<Line>>,
}

impl Lines<'_> {
    pub(super) fn line(&self, block: usize, id: usize) -> Option<&Line> {
        self.blocks.get(block)?.get(id)
    }

    fn add(
        &mut self,
        (block, id): (usize, usize),
        places: &[usize],
        nobody: bool,
        sums: &Sums,
    ) -> Option<()> {
        if block >= self.blocks.len() {
            self.blocks.resize(block + 1, Vec::new());
        }
        let lines = self.blocks.get_mut(block)?;
        if id >= lines.len() {
            lines.resize(id + 1, Line::default());
        }
        let line = lines.get_mut(id)?;
        for place in places {
            line.all.get_mut(*place)?.add(sums)?;
            if nobody {
                line.nobody.get_mut(*place)?.add(sums)?;
            }
        }
        Some(())
    }
}

impl<'a> Achievement<'a> {
    /// The lines of a level.
    pub(super) fn lines<'r>(&'r self, level: Level) -> Result<Lines<'r>, AchieveError>
    where
        'a: 'r,
    {
        let sums = &self.sums;
        let filled = match level {
            Level::Distributor => self.plain(&sums.by_distributor, sums.distributors.items()),
            Level::Product => self.plain(&sums.by_product, sums.products.items()),
            Level::Customer => self.plain(&sums.by_customer, sums.customers.items()),
            Level::ProductGroup => self.product_groups(),
            _ => self.credited(level),
        };
        filled.ok_or_else(|| AchieveError::TooLarge {
            of: level.as_str().to_owned(),
        })
    }

    /// Lines of what is summed under its own id.
    fn plain<'r>(&self, grid: &Grid, ids: &'r [String]) -> Option<Lines<'r>> {
        let mut lines = Lines::default();
        for id in ids {
            lines.ids.number(&id.as_str());
        }
        let blocks = self.points.len() * self.groups.len();
        for (slot, month) in self.windows.months.iter().enumerate() {
            for block in 0..blocks {
                for (id, sums) in grid.block(slot * blocks + block) {
                    lines.add((block, id / 2), &month.places, id % 2 == 1, sums)?;
                }
            }
        }
        Some(lines)
    }

    /// Product groups: their products' sums, by the groups of the month.
    fn product_groups(&self) -> Option<Lines<'_>> {
        let mut lines = Lines::default();
        let blocks = self.points.len() * self.groups.len();
        for (slot, month) in self.windows.months.iter().enumerate() {
            let day = self.as_of(month.days.last);
            let groups: Vec<Vec<usize>> = self
                .sums
                .products
                .items()
                .iter()
                .map(|product| {
                    let groups = self.prepared.attributor.groups_of(product, day);
                    groups.iter().map(|group| lines.ids.number(group)).collect()
                })
                .collect();
            for block in 0..blocks {
                for (id, sums) in self.sums.by_product.block(slot * blocks + block) {
                    for group in groups.get(id / 2).into_iter().flatten() {
                        lines.add((block, *group), &month.places, id % 2 == 1, sums)?;
                    }
                }
            }
        }
        Some(lines)
    }

    /// Units and persons: what their posts are credited for. The empty id gets the rest.
    fn credited(&self, level: Level) -> Option<Lines<'_>> {
        let mut lines = Lines::default();
        let blocks = self.points.len() * self.groups.len();
        for (slot, month) in self.windows.months.iter().enumerate() {
            let owners = self.owners(level, slot);
            let owners: Vec<usize> = owners.iter().map(|id| lines.ids.number(id)).collect();
            for block in 0..blocks {
                for (credit, sums) in self.sums.by_credit.block(slot * blocks + block) {
                    let nobody = self.sums.credits.items().get(credit)?.post_id.is_empty();
                    lines.add((block, *owners.get(credit)?), &month.places, nobody, sums)?;
                }
            }
        }
        Some(lines)
    }

    /// Per credit the unit or person of the level it belongs to in a month.
    fn owners<'r>(&'r self, level: Level, slot: usize) -> Vec<&'r str> {
        let credits = self.sums.credits.items();
        let org = &self.prepared.org;
        match (level, self.question.organisation) {
            (Level::Post, _) => credits.iter().map(|it| it.post_id.as_str()).collect(),
            (Level::Person, OrgView::AsWas) => {
                credits.iter().map(|it| it.person_id.as_str()).collect()
            }
            (Level::Person, OrgView::AsIs(day)) => credits
                .iter()
                .map(|it| org.holder(&it.post_id, day))
                .map(|seat| seat.map_or("", |seat| seat.person_id.as_str()))
                .collect(),
            _ => {
                let month = self.windows.months.get(slot);
                let tree = month.map(|month| org.tree(self.as_of(month.days.last)));
                let mut known: FxHashMap<&str, &'r str> = FxHashMap::default();
                credits
                    .iter()
                    .map(|it| {
                        *known.entry(&it.post_id).or_insert_with(|| {
                            let above = tree.as_ref().map(|tree| tree.ancestors(&it.post_id));
                            let unit = level.unit_level();
                            above
                                .and_then(|above| *above.get(unit? as usize)?)
                                .unwrap_or_default()
                        })
                    })
                    .collect()
            }
        }
    }
}
