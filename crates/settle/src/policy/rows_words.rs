//! What the fields of a policy are called in a sheet, in Chinese and English, and where they
//! stand in the policy. Data only; `rows` reads a sheet with it.

/// What a cell holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell {
    /// Any text.
    Text,
    /// A number, or a share with `%`.
    Number,
    /// A day.
    Day,
    /// Texts separated by `、`, `,`, `;` or `，`, `；`.
    List,
    /// 是 or 否.
    Flag,
    /// One of some words.
    Word(Words),
    /// Several of some words.
    Words(Words),
}

/// Chinese words and the words of a policy they stand for.
pub(super) type Words = &'static [(&'static str, &'static str)];

/// Chinese name, English name, place in the policy, what the cell holds.
pub(super) type Field = (&'static str, &'static str, &'static str, Cell);

pub(super) const MEASURES: Words = &[
    ("数量", "quantity"),
    ("金额", "amount"),
    ("考核金额", "assessed"),
];

pub(super) const GATES: Words = &[
    ("基数", "basis"),
    ("达成率", "achievement"),
    ("增长率", "growth"),
    ("覆盖终端数", "covered_terminals"),
    ("上传率", "upload_rate"),
    ("及时率", "timeliness_rate"),
];

pub(super) const ROLES: Words = &[("主任务", "main"), ("核心组", "core"), ("子组", "sub")];

pub(super) const SHAPES: Words = &[
    ("每单位", "per_unit"),
    ("倍返", "every_full"),
    ("比例", "percent"),
    ("阶梯", "tiers"),
    ("增长", "growth"),
    ("组合", "mix"),
    ("如期回款", "timeliness"),
    ("承兑扣点", "bill_discount"),
    ("价保", "price_protection"),
    ("补差", "price_difference"),
    ("超任务量", "excess"),
    ("子时段", "sub_periods"),
];

const PERIODS: Words = &[
    ("月", "month"),
    ("季", "quarter"),
    ("季度", "quarter"),
    ("半年", "half"),
    ("年", "year"),
];

const SOURCES: Words = &[
    ("销售", "sale"),
    ("流向", "sale"),
    ("采购", "purchase"),
    ("购进", "purchase"),
    ("发货", "shipment"),
    ("回款", "paid"),
];

const POINTS: Words = &[
    ("终端", "terminal"),
    ("一级", "first_tier"),
    ("全部", "all"),
];

const CLASSES: Words = &[
    ("调拨", "transfer"),
    ("纯销", "pure_sale"),
    ("零售", "retail"),
    ("其他", "other"),
];

const RETURNS: Words = &[
    ("冲减", "net"),
    ("计退", "retier"),
    ("不计退", "ignore"),
    ("固定扣回", "flat"),
];

const ROUNDING: Words = &[
    ("四舍五入", "half_up"),
    ("四舍六入五成双", "half_even"),
    ("舍去", "down"),
];

/// Fields of the policy.
pub(super) const FIELDS: &[Field] = &[
    ("编号", "id", "id", Cell::Text),
    ("版本", "version", "version", Cell::Number),
    ("名称", "name", "name", Cell::Text),
    ("类型", "kind", "kind", Cell::Text),
    ("生效日期", "valid_from", "valid_from", Cell::Day),
    ("失效日期", "valid_to", "valid_to", Cell::Day),
    ("后续政策", "successor", "successor", Cell::Text),
    ("结算周期", "period", "period", Cell::Word(PERIODS)),
    ("经销商", "distributors", "party.distributors", Cell::List),
    ("经销商级别", "party_tiers", "party.tiers", Cell::List),
    ("产品", "products", "scope.products", Cell::List),
    (
        "排除产品",
        "exclude_products",
        "scope.exclude_products",
        Cell::List,
    ),
    (
        "品种组",
        "product_groups",
        "scope.product_groups",
        Cell::List,
    ),
    (
        "排除品种组",
        "exclude_product_groups",
        "scope.exclude_product_groups",
        Cell::List,
    ),
    ("客户", "customers", "scope.customers", Cell::List),
    (
        "排除客户",
        "exclude_customers",
        "scope.exclude_customers",
        Cell::List,
    ),
    (
        "客户类型",
        "customer_roles",
        "scope.customer_roles",
        Cell::List,
    ),
    (
        "排除客户类型",
        "exclude_customer_roles",
        "scope.exclude_customer_roles",
        Cell::List,
    ),
    ("区域", "areas", "scope.areas", Cell::List),
    (
        "排除区域",
        "exclude_areas",
        "scope.exclude_areas",
        Cell::List,
    ),
    ("数据来源", "source", "basis.source", Cell::Word(SOURCES)),
    (
        "计算口径",
        "counting_point",
        "basis.counting_point",
        Cell::Word(POINTS),
    ),
    (
        "口径级别",
        "counting_tiers",
        "basis.counting_tiers",
        Cell::List,
    ),
    (
        "口径流向",
        "counting_classes",
        "basis.counting_classes",
        Cell::Words(CLASSES),
    ),
    ("计量", "measure", "basis.measure", Cell::Word(MEASURES)),
    ("单位", "unit", "basis.unit", Cell::Text),
    (
        "含税",
        "tax",
        "basis.tax",
        Cell::Word(&[
            ("是", "included"),
            ("含税", "included"),
            ("否", "excluded"),
            ("不含税", "excluded"),
        ]),
    ),
    ("税率", "tax_rate", "basis.tax_rate", Cell::Number),
    ("退货", "returns", "basis.returns", Cell::Word(RETURNS)),
    (
        "退货每单位扣回",
        "returns_yuan",
        "basis.returns_yuan",
        Cell::Number,
    ),
    (
        "退货扣回比例",
        "returns_rate",
        "basis.returns_rate",
        Cell::Number,
    ),
    (
        "迟到数据",
        "late",
        "basis.late",
        Cell::Word(&[("重算", "retier"), ("计入当期", "current")]),
    ),
    (
        "剔除预警",
        "exclude_alerted",
        "basis.exclude_alerted",
        Cell::Flag,
    ),
    (
        "指标品种组",
        "target_product_group",
        "target.product_group",
        Cell::Text,
    ),
    (
        "指标口径",
        "target_counting_point",
        "target.counting_point",
        Cell::Text,
    ),
    (
        "不足周期指标",
        "target_partial_span",
        "target.partial_span",
        Cell::Word(&[("全额指标", "whole_target"), ("按天折算", "by_days")]),
    ),
    ("返利上限", "cap", "limit.cap", Cell::Number),
    ("起付金额", "floor", "limit.floor", Cell::Number),
    ("未付结转", "carry", "limit.carry", Cell::Flag),
    (
        "取整方式",
        "rounding",
        "rounding.mode",
        Cell::Word(ROUNDING),
    ),
    ("小数位", "digits", "rounding.digits", Cell::Number),
    ("兑付月数", "payout_months", "payout.months", Cell::Number),
    ("兑付天数", "payout_days", "payout.days", Cell::Number),
    (
        "兑付起点",
        "payout_after",
        "payout.after",
        Cell::Word(&[("生效月", "start"), ("完结月", "end")]),
    ),
];

/// Fields of the reward that was begun last.
pub(super) const REWARD_FIELDS: &[Field] = &[
    (
        "阶梯依据",
        "on",
        "on",
        Cell::Word(&[("基数", "basis"), ("达成率", "achievement")]),
    ),
    (
        "阶梯方式",
        "mode",
        "mode",
        Cell::Word(&[("覆盖", "retroactive"), ("叠加", "incremental")]),
    ),
    ("比例", "rate", "rate", Cell::Number),
    ("每单位金额", "yuan", "yuan", Cell::Number),
    ("每满", "size", "size", Cell::Number),
    ("最多倍数", "most", "most", Cell::Number),
    (
        "增长计算",
        "of",
        "of",
        Cell::Word(&[("全部", "whole"), ("增量", "increment")]),
    ),
    (
        "未达标处理",
        "failure",
        "failure",
        Cell::Word(&[
            ("仅当前组不兑付", "group"),
            ("主任务不兑付", "main"),
            ("全协议不兑付", "agreement"),
        ]),
    ),
    ("子组可兑付", "subs_payable", "subs_payable", Cell::Flag),
    ("年利率", "yearly_rate", "yearly_rate", Cell::Number),
    ("年天数", "year_days", "year_days", Cell::Number),
    ("最近天数", "within_days", "within_days", Cell::Number),
    ("分期比例", "part_rate", "part_rate", Cell::Number),
    ("全期比例", "whole_rate", "whole_rate", Cell::Number),
];

/// Chinese name, English name, list in the reward, key and content of every cell.
pub(super) type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, Cell)],
);

/// Rows of several cells that belong to the reward that was begun last: the list they are added
/// to, and the key of every cell.
pub(super) const REWARD_ROWS: &[Row] = &[
    (
        "档位",
        "tier",
        "tiers",
        &[
            ("from", Cell::Number),
            ("to", Cell::Number),
            ("rate", Cell::Number),
        ],
    ),
    (
        "档位单价",
        "tier_yuan",
        "tiers",
        &[
            ("from", Cell::Number),
            ("to", Cell::Number),
            ("yuan", Cell::Number),
        ],
    ),
    (
        "票期",
        "tenor",
        "tenors",
        &[("up_to_days", Cell::Number), ("rate", Cell::Number)],
    ),
    (
        "分组",
        "group",
        "group",
        &[
            ("id", Cell::Text),
            ("role", Cell::Word(ROLES)),
            ("needs", Cell::Number),
            ("measure", Cell::Word(MEASURES)),
            ("unit", Cell::Text),
            ("rate", Cell::Number),
            ("yuan", Cell::Number),
        ],
    ),
];

/// Keys of example rows.
pub(super) const EXAMPLE_FIELDS: &[Field] = &[
    ("数量", "quantity", "quantity", Cell::Number),
    ("金额", "amount", "amount", Cell::Number),
    ("考核金额", "assessed", "assessed", Cell::Number),
    (
        "退货数量",
        "returned_quantity",
        "returned.quantity",
        Cell::Number,
    ),
    (
        "退货金额",
        "returned_amount",
        "returned.amount",
        Cell::Number,
    ),
    (
        "指标数量",
        "target_quantity",
        "target.quantity",
        Cell::Number,
    ),
    ("指标金额", "target_amount", "target.amount", Cell::Number),
    (
        "指标考核金额",
        "target_assessed",
        "target.assessed",
        Cell::Number,
    ),
    (
        "上年数量",
        "last_year_quantity",
        "last_year.quantity",
        Cell::Number,
    ),
    (
        "上年金额",
        "last_year_amount",
        "last_year.amount",
        Cell::Number,
    ),
    (
        "上年考核金额",
        "last_year_assessed",
        "last_year.assessed",
        Cell::Number,
    ),
    (
        "覆盖终端数",
        "covered_terminals",
        "covered_terminals",
        Cell::Number,
    ),
    ("上传率", "upload_rate", "upload_rate", Cell::Number),
    ("及时率", "timeliness_rate", "timeliness_rate", Cell::Number),
    (
        "期初结转",
        "carried_forward",
        "carried_forward",
        Cell::Number,
    ),
    ("已付", "already_paid", "already_paid", Cell::Number),
    ("应得", "total", "expect.total", Cell::Number),
    ("结转", "carry", "expect.carry", Cell::Number),
    ("挂起", "held", "expect.held", Cell::Text),
];
