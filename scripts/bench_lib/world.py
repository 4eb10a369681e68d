"""The invented company the benchmark's files are about: customers, products, distributors.

Everything follows from a fixed seed, so that two machines measure the same bytes. Places are
real, institutions, makers and trade names are put together from word lists. Nothing here knows
how a distributor writes these names in its files; that is `month.py`.
"""

import csv
import random
from dataclasses import dataclass
from pathlib import Path

SEED = 20260101

CITIES = {
    "河北省石家庄市": "长安区 桥西区 新华区 裕华区 藁城区 鹿泉区 栾城区",
    "河北省唐山市": "路南区 路北区 古冶区 开平区 丰南区 丰润区 曹妃甸区",
    "山西省太原市": "小店区 迎泽区 杏花岭区 尖草坪区 万柏林区 晋源区 清徐县",
    "辽宁省沈阳市": "和平区 沈河区 大东区 皇姑区 铁西区 苏家屯区 浑南区",
    "辽宁省大连市": "中山区 西岗区 沙河口区 甘井子区 旅顺口区 金州区 普兰店区",
    "吉林省长春市": "南关区 宽城区 朝阳区 二道区 绿园区 双阳区 九台区",
    "黑龙江省哈尔滨市": "道里区 南岗区 道外区 平房区 松北区 香坊区 呼兰区",
    "江苏省南京市": "玄武区 秦淮区 建邺区 鼓楼区 浦口区 栖霞区 江宁区",
    "江苏省苏州市": "虎丘区 吴中区 相城区 姑苏区 吴江区 常熟市 昆山市",
    "浙江省杭州市": "上城区 拱墅区 西湖区 滨江区 萧山区 余杭区 临平区",
    "浙江省宁波市": "海曙区 江北区 北仑区 镇海区 鄞州区 奉化区 余姚市",
    "安徽省合肥市": "瑶海区 庐阳区 蜀山区 包河区 长丰县 肥东县 肥西县",
    "福建省福州市": "鼓楼区 台江区 仓山区 马尾区 晋安区 长乐区 福清市",
    "江西省南昌市": "东湖区 西湖区 青云谱区 青山湖区 新建区 红谷滩区 进贤县",
    "山东省济南市": "历下区 市中区 槐荫区 天桥区 历城区 长清区 章丘区",
    "山东省青岛市": "市南区 市北区 黄岛区 崂山区 李沧区 城阳区 即墨区",
    "河南省郑州市": "中原区 二七区 管城区 金水区 上街区 惠济区 中牟县",
    "湖北省武汉市": "江岸区 江汉区 硚口区 汉阳区 武昌区 青山区 洪山区",
    "湖南省长沙市": "芙蓉区 天心区 岳麓区 开福区 雨花区 望城区 浏阳市",
    "广东省广州市": "荔湾区 越秀区 海珠区 天河区 白云区 番禺区 花都区",
    "广东省深圳市": "罗湖区 福田区 南山区 宝安区 龙岗区 盐田区 龙华区",
    "四川省成都市": "锦江区 青羊区 金牛区 武侯区 成华区 龙泉驿区 双流区",
    "陕西省西安市": "新城区 碑林区 莲湖区 灞桥区 未央区 雁塔区 长安区",
    "云南省昆明市": "五华区 盘龙区 官渡区 西山区 呈贡区 晋宁区 安宁市",
}
ROADS = "建设 人民 中山 解放 和平 新华 文化 胜利 团结 友谊 光明 花园".split()
HOSPITALS = "人民医院 第一人民医院 第二人民医院 中医医院 妇幼保健院 中心医院 康复医院 骨科医院 口腔医院 肿瘤医院".split()
PHARMACIES = "康乐 益民 同善 百姓缘 仁济 惠安 德润 普生 万和".split()
GENERICS = (
    "阿莫西林胶囊 头孢克肟分散片 盐酸二甲双胍缓释片 阿托伐他汀钙片 苯磺酸氨氯地平片 缬沙坦胶囊 瑞舒伐他汀钙片 "
    "硫酸氢氯吡格雷片 奥美拉唑肠溶胶囊 雷贝拉唑钠肠溶片 孟鲁司特钠片 氯雷他定片 盐酸左西替利嗪片 布洛芬缓释胶囊 "
    "厄贝沙坦片 琥珀酸美托洛尔缓释片 格列美脲片 阿卡波糖片 瑞格列奈片 左氧氟沙星片 阿奇霉素分散片 克拉霉素片 "
    "恩替卡韦分散片 非那雄胺片 坦索罗辛缓释胶囊 碳酸钙片 骨化三醇软胶囊 甲钴胺片 卡马西平片 丙戊酸钠缓释片 "
    "奥氮平片 草酸艾司西酞普兰片 盐酸舍曲林片 多潘立酮片 莫沙必利片 复方丹参片 银杏叶片 六味地黄丸 板蓝根颗粒 连花清瘟胶囊"
).split()
STRENGTHS = "0.25g*24粒/盒 0.5g*12粒/盒 5mg*14片/盒 10mg*28片/盒 20mg*7片/盒".split()
MAKERS = "燕山康泽制药有限公司 江南恒健药业有限公司 秦岭药业股份有限公司 东海百川制药有限公司".split()
TRADES = "泽 恒 秦 川 康 健 安 宁".split()  # two of them make a trade name


@dataclass(frozen=True)
class World:
    """Customers, products and distributors; each entry is a dict by column of its CSV file."""

    customers: list[dict]
    products: list[dict]
    distributors: list[dict]


def make(customers: int, distributors: int) -> World:
    """The company with this many customers (at most 21,840) and distributors, and 200 products."""
    rng = random.Random(SEED)
    people = _customers()
    rng.shuffle(people)
    products = [
        {
            "id": f"P{index + 1:03}",
            "name": generic,
            "trade_name": TRADES[index // 5 % 8] + TRADES[(index // 40 + 3) % 8],
            "spec": spec,
            "maker": MAKERS[index % len(MAKERS)],
            "approval_no": f"国药准字H{20260000 + index}",
            "code": f"YK-{index + 1:03}",
            "base_unit": "盒",
            "case_size": rng.choice((100, 200, 300, 400)),
            "price": f"{rng.randrange(850, 9900) / 100:.2f}",
            "active": "true",
        }
        for index, (generic, spec) in enumerate((g, s) for g in GENERICS for s in STRENGTHS)
    ]
    names = list(CITIES)
    companies = []
    for index in range(distributors):
        province, city = names[index % len(names)].split("省")
        word = ROADS[index // len(names)] + PHARMACIES[index % len(PHARMACIES)]
        companies.append({
            "id": f"D{index + 1:03}",
            "name": f"{city}{word}医药有限公司",
            "tier": "一级" if index % 3 == 0 else "二级",
            "province": f"{province}省",
            "city": city,
            "expects": "sale",
            "active": "true",
        })
    chosen = [
        {"id": f"C{index + 1:05}", "code": f"KH{index + 1:05}", "active": "true", **person}
        for index, person in enumerate(people[:customers])
    ]
    return World(chosen, products, companies)


def write_master(world: World, aliases: list[dict], folder: Path) -> None:
    """The company's master data files as `channelflow master import` takes them."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "customers.csv", world.customers)
    _write(folder / "products.csv", world.products)
    _write(folder / "distributors.csv", world.distributors)
    _write(folder / "aliases.csv", aliases)


def _customers() -> list[dict]:
    people = []
    for place, counties in CITIES.items():
        province, city = place.split("省")
        for county in counties.split():
            where = {"province": f"{province}省", "city": city, "county": county}
            for word in HOSPITALS:
                people.append({"name": f"{city}{county}{word}", "role": "hospital", **where})
            for road in ROADS:
                name = f"{city}{county}{road}街道社区卫生服务中心"
                people.append({"name": name, "role": "clinic", **where})
                for brand in PHARMACIES:
                    name = f"{city}{county}{brand}大药房{road}路店"
                    people.append({"name": name, "role": "pharmacy", **where})
    return people


def _write(path: Path, rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
