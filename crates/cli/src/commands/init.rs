//! `channelflow init DIR`: a company folder to start from.

use std::path::{Path, PathBuf};

use channelflow_model::messages::say;
use channelflow_model::{Lang, Sentence};
use clap::Args;

use crate::exit::{Exit, cannot, usage};
use crate::output;
use crate::session::Context;

const SETTINGS: &str = include_str!("../../../../config/channelflow.toml");

/// Templates of master data: titles and one example row that shows how it is meant.
const FILES: [(&str, &str); 4] = [
    (
        "master/customers.csv",
        "id,name,role,level,province,city,county,address,tax_id,code,active\n",
    ),
    (
        "master/products.csv",
        "id,name,trade_name,spec,form,maker,approval_no,barcode,code,base_unit,case_size,units_per_base,small_unit,price,active\n",
    ),
    (
        "master/distributors.csv",
        "id,name,aliases,tier,province,city,expects,active\n",
    ),
    (
        "master/aliases.csv",
        "kind,distributor_id,name,code,spec,maker,unit,target_id,ignore,factor_numerator,factor_denominator,valid_from,valid_to\n",
    ),
];

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to make
    dir: PathBuf,
}

/// Makes the folder; never overwrites anything.
pub fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let dir = &arguments.dir;
    let occupied = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(usage(
            Sentence::new("folder_not_empty").fact("path", dir.display()),
        ));
    }
    for folder in ["inbox", "master"] {
        let folder = dir.join(folder);
        std::fs::create_dir_all(&folder).map_err(cannot("folder_not_made", &folder))?;
    }
    write(dir, "channelflow.toml", SETTINGS)?;
    for (name, content) in FILES {
        write(dir, name, content)?;
    }
    let lang = context.lang.unwrap_or(Lang::En);
    output::text(&format!(
        "{}\n",
        say(lang, "init_done", &[("dir", &dir.display())])
    ))?;
    Ok(Exit::Done)
}

fn write(dir: &Path, name: &str, content: &str) -> anyhow::Result<()> {
    let path = dir.join(name);
    std::fs::write(&path, content).map_err(cannot("file_not_writable", &path))?;
    Ok(())
}
