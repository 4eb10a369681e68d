//! Ids under small numbers, and sums under numbers.

use std::hash::Hash;

use channelflow_model::Micros;
use channelflow_model::settlement::Measure;
use rustc_hash::FxHashMap;

use super::partial::Cell;

/// Equal ids under one number, in order of first use.
#[derive(Debug, Clone)]
pub(super) struct Ids<T> {
    items: Vec<T>,
    numbers: FxHashMap<T, usize>,
}

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Ids {
            items: Vec::new(),
            numbers: FxHashMap::default(),
        }
    }
}

impl<T: Clone + Eq + Hash> Ids<T> {
    pub(super) fn number(&mut self, item: &T) -> usize {
        if let Some(number) = self.numbers.get(item) {
            return *number;
        }
        self.items.push(item.clone());
        self.numbers.insert(item.clone(), self.items.len() - 1);
        self.items.len() - 1
    }

    pub(super) fn items(&self) -> &[T] {
        &self.items
    }
}

/// What is summed. Measures in micros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sums {
    pub(super) quantity: i64,
    pub(super) assessed: i64,
    pub(super) amount: i64,
    pub(super) unpriced: i64,
    pub(super) unpriced_lines: i64,
}

impl Sums {
    pub(super) fn of(cell: &Cell) -> Self {
        Sums {
            quantity: cell.quantity.0,
            assessed: cell.assessed.0,
            amount: cell.amount.0,
            unpriced: cell.unpriced.0,
            unpriced_lines: i64::from(cell.unpriced_lines),
        }
    }

    /// `None` when a sum does not fit.
    pub(super) fn add(&mut self, other: &Sums) -> Option<()> {
        *self = Sums {
            quantity: self.quantity.checked_add(other.quantity)?,
            assessed: self.assessed.checked_add(other.assessed)?,
            amount: self.amount.checked_add(other.amount)?,
            unpriced: self.unpriced.checked_add(other.unpriced)?,
            unpriced_lines: self.unpriced_lines.checked_add(other.unpriced_lines)?,
        };
        Some(())
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Sums::default()
    }

    pub(super) fn measure(&self, measure: Measure) -> Micros {
        Micros(match measure {
            Measure::Quantity => self.quantity,
            Measure::Assessed => self.assessed,
            Measure::Amount => self.amount,
        })
    }
}

/// Sums by (block, id); a block is a month, counting point and product group.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    blocks: Vec<Vec<Sums>>,
}

impl Grid {
    /// Adds to one sum; `None` when it does not fit.
    pub(super) fn add(&mut self, block: usize, id: usize, sums: &Sums) -> Option<()> {
        if block >= self.blocks.len() {
            self.blocks.resize(block + 1, Vec::new());
        }
        let block = self.blocks.get_mut(block)?;
        if id >= block.len() {
            block.resize(id + 1, Sums::default());
        }
        block.get_mut(id)?.add(sums)
    }

    /// The sums of a block that are not zero, by id.
    pub(super) fn block(&self, block: usize) -> impl Iterator<Item = (usize, &Sums)> {
        let sums = self.blocks.get(block).map_or(&[][..], Vec::as_slice);
        sums.iter().enumerate().filter(|(_, sums)| !sums.is_zero())
    }

    /// Number of blocks that were touched.
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }
}
