"""What happened at D10 to D14 (Hong Kong, Sichuan, and a second-tier distributor in Baoding)."""

from .binary import biff5
from .books import xls, xlsx
from .story import File, Flow, Other
from .text import delimited

JAN, FEB = ("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")

# --------------------- D10: Hong Kong: Big5, English headers, traditional characters, day before month


def big5(sheets):
    return delimited(sheets[0].rows, "big5")


def utf8(sheets):
    return delimited(sheets[0].rows, "utf-8")


def utf16_tabs(sheets):
    return delimited(sheets[0].rows, "utf-16-le", "\t", bom=True)


D10_SALE = (
    "saleDate=date:%Y-%m-%d|custname=party|goodsName=name|spec=spec|lotno=lot|expdate=expiry:%Y-%m-%d"
    "|goodsqty=qty|goodsUnit=unit|prodprice=price|je=amount"
)
D10_NAMES = {
    "C022": {"party": "深圳市人民醫院"}, "C023": {"party": "香港大學深圳醫院"}, "C035": {"party": "北京大學深圳醫院"},
    "P01": {"name": "阿莫西林膠囊"}, "P02": {"name": "阿莫西林膠囊"}, "P03": {"name": "鹽酸二甲雙胍緩釋片"},
    "P08": {"name": "鹽酸氨溴索注射液"}, "P10": {"name": "氯雷他定片(澤敏)"},
}
D10_STOCK = "inventoryReportDate=date:%Y-%m-%d|goodsName=name|spec=spec|lotno=lot|qtyOnhand=qty|goodsUnit=unit"

D10 = [
    File("D10/HK库存_20260131.txt", utf16_tabs, [Flow("inventory", D10_STOCK, """
    0131 - P01 66 - 2509A01 -
    0131 - P02 20 - 2508A02 -
    0131 - P10 48 - 2508L01 -
    0131 - P03 30 - 2509M04 -
    0131 - P08 12 - 2509X07 -
    0131 - P01 15 - 2510A03 -
    0131 - ?保濟丸;3.7g*10瓶 8 - Z88 - !unknown_product
    """, names=D10_NAMES)], sheet_name="-"),
    File("D10/HK库存_20260228.txt", utf16_tabs, [Flow("inventory", D10_STOCK, """
    0228 - P01 30 - 2509A01 -
    0228 - P03 15 - 2509M04 -
    0228 - P10 24 - 2508L01 -
    0228 - P08 2 - 2509X07 -
    0228 - P01 40 - 2510A03 -
    0228 - P02 6 - 2508A02 -
    """, names=D10_NAMES)], sheet_name="-"),
    File("D10/HK流向_202601.csv", big5, [Flow("sale", D10_SALE, """
    0105 C023 P01 60 12.5 2509A01 270831
    0106 C035 P02 36 21.8 2508A02 270731
    0107 C022 P03 30 28.6 2509M04 270831
    0108 C023 P08 20 45 2509X07 270831
    0112 C035 P10 48 16 2508L01 270731
    0119 ?香港瑪麗醫院 P01 24 12.5 2509A01 270831 !unknown_customer
    0126 C023 P10 24 16 2508L01 270731
    """, names=D10_NAMES)], JAN, sheet_name="-"),
    # Day and month cannot be told apart in any row; only 02/02 reads the same both ways.
    File("D10/HK流向_导出.csv", utf8, [Flow("sale", D10_SALE.replace("date:%Y-%m-%d", "date:%d/%m/%Y"), """
    0202 C023 P01 36 12.5 2509A01 270831
    0203 C035 P02 24 21.8 2508A02 270731 !ambiguous_date
    0205 C022 P03 20 28.6 2509M04 270831 !ambiguous_date
    0206 C023 P08 10 45 2509X07 270831 !ambiguous_date
    0209 C035 P10 24 16 2508L01 270731 !ambiguous_date
    0210 C023 P01 12 12.5 2509A01 270831 !ambiguous_date
    0211 C022 P10 12 16 2508L01 270731 !ambiguous_date
    0202 C035 P08 5 45 2509X07 270831
    """, names=D10_NAMES)], sheet_name="-"),
]

# ----------------------------- D11: xls of Excel 95 in code page 936; another layout in February


def tabs(sheets):
    return delimited(sheets[0].rows, "utf-8", "\t")


D11_NAMES = {"C024": {"party": "华西医院"}, "C025": {"party": "成都附院"}}

D11 = [
    File("D11/库存202601.txt", tabs, [Flow("inventory", "库存时间=date:serialtext|品名=name|规格=spec|单位=unit|库存数量=qty|批号=lot", """
    0131 - P01 330 - 2509A01 -
    0131 - P07 14 - 2508C11 -
    0131 - P12 55 - 2509O01 -
    0131 - P05 160 - 2509N02 -
    0131 - P03 84 - 2509M04 -
    0131 - P06 55 - 2510N21 -
    0131 - P08 70 - 2509X07 -
    """)], JAN, sheet_name="-"),
    File("D11/销售202601.xls", biff5, [Flow("sale", (
        "开单日期=date:cell|购货单位名称=party|品名=name|规格=spec|产地=maker|单位=unit|数量=qty|单价=price"
        "|金额=amount|批号=lot|有效期至=expiry:cell"), """
    0105 C024 P01 300 12.5 2509A01 270831
    0106 C024 P07 60 86 2508C11 270731
    0107 C025 P05 90 18.2 2509N02 280831
    0108 C026 P12 24 68 2509O01 270831
    0112 C024 P08 50 45 2509X07 270831
    0114 C026 ?板蓝根颗粒;10g*20袋 40 9.5 B2501 270131 !unknown_product
    0119 C025 P03 36 28.6 2509M04 270831
    > header
    0126 C024 P06 45 34.5 2510N21 280930
    0127 C025 P05 -10 18.2 2509N02 280831 return
    0128 ?成都市第二人民医院 P05 60 18.2 2509N02 280831 !unknown_customer
    > total 合计,,,,,,{q},,{a}
    """, sheet="流向", names=D11_NAMES)], JAN),
    File("D11/销售202602.xls", xls, [Flow("sale", (
        "开单日期=date:cell|购货单位名称=party|品名=name|规格=spec|单位=unit|数量=qty|单价=price|金额=amount|业务员=salesperson"), """
    0203 C024 P01 260 12.5 - -
    0204 C025 P05 80 18.2 - -
    0205 C026 P12 20 68 - -
    0210 C024 P07 40 86 - -
    0211 C025 P03 30 28.6 - -
    0224 C024 P08 60 45 - -
    0225 C026 P05 40 18.2 - -
    """, sheet="流向", names=D11_NAMES, constant={"salesperson": "赵敏"})], FEB, state="held_layout"),
]

# ------------------------ D12: a pharmacy chain: columns about doctors and patients; then "no sales"


def utf16_be(sheets):
    return delimited(sheets[0].rows, "utf-16-be", ",", bom=True)


D12 = [
    File("D12/蓉康门店销售202601.csv", utf16_be, [Flow("sale", (
        "销售时间=date:%Y-%m-%d 14:05|门店名称=party|商品名称=name|规格=spec|单位=unit|数量=qty|零售价=price"
        "|批号=lot|处方医师=doctor|患者姓名=patient|身份证号=idcard"), """
    0104 C030 P10 2 16 2508L01 -
    0104 C030 P01 3 12.5 2509A01 -
    0105 C030 P05 1 18.2 2509N02 -
    0106 ?蓉康玉林店 P05 2 18.2 2509N02 - !unknown_customer
    0111 C030 P05 28片=2 1.3 2509N02 -
    0118 C030 P11 1 30 2509L09 -
    0125 C030 P03 2 28.6 2509M04 -
    """, names={"C030": {"party": "蓉康春熙路店"}},
        constant={"doctor": "周样本", "patient": "吴样本", "idcard": "510100000000000000"})], JAN, sheet_name="-"),
    File("D12/蓉康门店销售202602.xlsx", xlsx, [Other("Sheet1", [
        ["成都蓉康大药房连锁有限公司"], ["2026年2月"], ["本月无销售（无动销）"]])], FEB, state="empty"),
]

# ------------------------------- D14: the customer stands once above its lines, not in a column

D14 = [
    File("D14/销售明细202601.csv", utf8, [Flow("sale", "日期=date:%Y/%-m/%-d|品名=name|规格=spec|单位=unit|数量=qty|含税单价=price|批号=lot", """
    > section 客户:保定一中心
    0105 C008 P01 100 12.5 2509A01 -
    0112 C008 P05 60 18.2 2509N02 -
    0119 C008 P07 12 86 2508C11 -
    > section 客户:玉田县第二医院
    0106 C009 P10 36 16 2508L01 -
    0113 C009 P01 40 12.5 2509A01 -
    > section 客户:清苑区人民医院
    0107 ?清苑区人民医院 P01 30 12.5 2509A01 - !unknown_customer
    > section 客户:老百姓大药房（中山路店）
    0108 C027 P11 12 30 2509L09 -
    0127 C027 P10 -4 16 2508L01 - return
    > total 合计,,,,{q}
    """, top=[["保定康源医药有限公司 销售明细 2026-01-01至2026-01-31"]])], JAN, sheet_name="-"),
]

FILES = D10 + D11 + D12 + D14
