//! Which products, customers and areas a policy counts: white and black lists.
//!
//! An empty white list admits everything. Products and product groups are one white list: a
//! product counts if it is named or one of its groups is. Any black list takes out.

use serde::{Deserialize, Serialize};

/// White and black lists of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Products by id.
    #[serde(default)]
    pub products: Listed,
    /// Product groups by id.
    #[serde(default)]
    pub product_groups: Listed,
    /// Customers by id.
    #[serde(default)]
    pub customers: Listed,
    /// Roles of customers.
    #[serde(default)]
    pub customer_roles: Listed,
    /// Areas of customers: a province, or `province/city`.
    #[serde(default)]
    pub areas: Listed,
}

/// A white and a black list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Only these; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Not these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

/// What a line is about, as scopes ask for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject<'a> {
    /// Product id.
    pub product: &'a str,
    /// Ids of the groups it belongs to on that day.
    pub product_groups: &'a [&'a str],
    /// Customer id; empty for a line without one.
    pub customer: &'a str,
    /// Its role.
    pub customer_role: &'a str,
    /// Its province.
    pub province: &'a str,
    /// Its city.
    pub city: &'a str,
}

impl Scope {
    /// Whether a line counts.
    pub fn admits(&self, line: &Subject<'_>) -> bool {
        self.admits_product(line) && self.admits_customer(line)
    }

    /// Whether its product counts.
    pub fn admits_product(&self, line: &Subject<'_>) -> bool {
        let named = self.products.only.is_empty() && self.product_groups.only.is_empty();
        let wanted = named
            || self.products.names(line.product)
            || line
                .product_groups
                .iter()
                .any(|group| self.product_groups.names(group));
        let unwanted = self.products.bars(line.product)
            || line
                .product_groups
                .iter()
                .any(|group| self.product_groups.bars(group));
        wanted && !unwanted
    }

    /// Whether its customer counts: by id, role and area.
    pub fn admits_customer(&self, line: &Subject<'_>) -> bool {
        self.customers.admits(line.customer)
            && self.customer_roles.admits(line.customer_role)
            && self.admits_area(line.province, line.city)
    }

    fn admits_area(&self, province: &str, city: &str) -> bool {
        let within = |area: &String| {
            let rest = area.strip_prefix(province);
            rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/') == Some(city))
        };
        (self.areas.only.is_empty() || self.areas.only.iter().any(within))
            && !self.areas.except.iter().any(within)
    }
}

impl Listed {
    /// Whether both lists let it through.
    pub fn admits(&self, value: &str) -> bool {
        (self.only.is_empty() || self.names(value)) && !self.bars(value)
    }

    fn names(&self, value: &str) -> bool {
        self.only.iter().any(|known| known == value)
    }

    fn bars(&self, value: &str) -> bool {
        self.except.iter().any(|known| known == value)
    }

    /// Whether two lists can let the same value through.
    pub(crate) fn meets(&self, other: &Listed) -> bool {
        let mut only = self.only.iter().filter(|value| !self.bars(value));
        let mut others = other.only.iter().filter(|value| !other.bars(value));
        match (self.only.is_empty(), other.only.is_empty()) {
            (true, true) => true,
            (true, false) => others.any(|value| self.admits(value)),
            (false, _) => only.any(|value| other.admits(value)),
        }
    }
}
