//! temporary
use channelflow_model::*;
use channelflow_normalize::*;
use std::time::Instant;
fn main() {
    let n = 1_000_000usize;
    let heads = [
        "销售日期",
        "客户编码",
        "客户名称",
        "商品编码",
        "商品名称",
        "规格",
        "批号",
        "有效期至",
        "单位",
        "数量",
        "单价",
        "金额",
        "单据号",
    ];
    let mut t = RawTable {
        sheet: "s".into(),
        format: "x".into(),
        ..Default::default()
    };
    let distinct = [
        31usize,
        3000,
        3000,
        200,
        200,
        200,
        1500,
        300,
        3,
        400,
        700,
        usize::MAX,
        usize::MAX,
    ];
    let mut seed = 1u64;
    let mut rnd = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    t.row_numbers = (1..=(n as u32 + 1)).collect();
    let rows: Vec<(u64, u64)> = (0..n).map(|_| (rnd(), rnd())).collect();
    for (c, h) in heads.iter().enumerate() {
        let mut col = RawColumn::default();
        let hc = col.push_value(CellKind::Text, h).unwrap();
        col.codes.push(hc);
        if distinct[c] == usize::MAX {
            for (i, r) in rows.iter().enumerate() {
                let text = if c == 11 {
                    format!("{}.{:02}", r.0 % 5000, r.1 % 100)
                } else {
                    format!("XS202601{i:07}")
                };
                let k = if c == 11 {
                    CellKind::Number
                } else {
                    CellKind::Text
                };
                let code = col.push_value(k, &text).unwrap();
                col.codes.push(code);
            }
        } else {
            let mut codes = vec![];
            for d in 0..distinct[c] {
                let (k, text) = match c {
                    0 => (CellKind::Text, format!("2026-01-{:02}", d + 1)),
                    1 => (CellKind::Text, format!("C{d:06}")),
                    2 => (CellKind::Text, format!("北京市第{d}人民医院")),
                    3 => (CellKind::Text, format!("P{d:06}")),
                    4 => (CellKind::Text, format!("阿莫西林胶囊{d}")),
                    5 => (CellKind::Text, format!("0.{d}g*24粒")),
                    6 => (CellKind::Text, format!("26{d:06}")),
                    7 => (
                        CellKind::Text,
                        format!("20{}-0{}-15", 27 + d / 100, d % 9 + 1),
                    ),
                    8 => (CellKind::Text, ["盒", "瓶", "支"][d].to_string()),
                    9 => (CellKind::Number, format!("{}", d + 1)),
                    _ => (CellKind::Number, format!("{}.5", d + 1)),
                };
                codes.push(col.push_value(k, &text).unwrap());
            }
            for r in &rows {
                let pick = match c {
                    1 | 2 => r.0 as usize % 3000,
                    3 | 4 | 5 => r.1 as usize % 200,
                    6 => (r.1 as usize % 200) * 7 + (r.0 as usize >> 20) % 7,
                    7 => (r.1 as usize % 200) + (r.0 as usize >> 20) % 7,
                    _ => (r.0 >> 30) as usize % distinct[c],
                };
                col.codes.push(codes[pick % distinct[c]]);
            }
        }
        t.columns.push(col);
    }
    let v = Vocabulary::builtin();
    let s = Settings::default();
    let tables = [t];
    for _ in 0..3 {
        let ctx = FileContext {
            file_name: "流向202601.xlsx",
            layouts: &[],
            settings: &s,
            kind: None,
            range: None,
        };
        let a = Instant::now();
        let c0 = cpu();
        let out = normalize(&tables, &ctx, &v);
        let d = a.elapsed();
        let c1 = cpu();
        println!("cpu ms {}", c1 - c0);
        println!(
            "{:?} lines {} products {} parties {} lots {} findings {:?}",
            d,
            out.flows[0].len(),
            out.flows[0].products.len(),
            out.flows[0].parties.len(),
            out.flows[0].lots.len(),
            out.findings
                .iter()
                .map(|f| f.text(Lang::En))
                .collect::<Vec<_>>()
        );
        if std::env::var("HASH").is_ok() {
            let a = Instant::now();
            let h = out.flows[0].content_hashes();
            println!("hashes {:?} {}", a.elapsed(), h.len());
        }
    }
    let a = Instant::now();
    let _ = Vocabulary::builtin();
    println!("vocab {:?}", a.elapsed());
}

fn cpu() -> u64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<u64>().unwrap() + f[12].parse::<u64>().unwrap()) * 10
}
