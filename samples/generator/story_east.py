"""What happened at D05 to D09 (Shandong, Jiangsu, Zhejiang, Guangdong)."""

from .binary import xlsb
from .books import gzip_of, ods, xlsx, zip_of
from .hostile import encrypted
from .story import File, Flow
from .text import delimited, html_table, spreadsheet_ml

JAN, FEB = ("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")
US = "?燕山康泽制药有限公司"

# ------------------------- D05: a portal's export called .xls: an HTML page, later UTF-16 text


def html_gbk(sheets):
    return html_table([], sheets[0], "gbk")


def html_utf8(sheets):
    return html_table([], sheets[0], "utf-8")


def utf16_tsv(sheets):
    return delimited(sheets[0].rows, "utf-16-le", "\t", bom=True)


def utf16_be(sheets):
    return delimited(sheets[0].rows, "utf-16-be", ",", bom=True)


D05_SALE = (
    "出库日期=date:%Y年%-m月%-d日|客户描述=party|药品通用名称=name|药品规格=spec|生产企业=maker|销售单位=unit"
    "|出库数量=qty|含税价=price|含税金额=amount|生产批号=lot|失效日期=expiry:%Y-%m-%d|销售类型=doctype"
)
D05_NAMES = {"C012": {"party": "齐鲁医院"}, "P05": {"spec": "5mg*14片燕山康泽制药", "maker": None}}
D05_BUY = "入库时间=date:%Y-%m-%d %H:%M:%S|销售方名称=party|药品通用名称=name|药品规格=spec|单位=unit|采购数量=qty|采购价格=price|批号=lot"


def d05_sale(lines):
    return Flow(
        "sale", D05_SALE, lines, names=D05_NAMES, constant={"doctype": "销售"},
        top=[["山东鲁康医药有限公司 销售出库明细"]], merged=[(1, 1, 1, 12)],
    )


D05 = [
    File("D05/采购_202601.xls", html_utf8, [Flow("purchase", D05_BUY, f"""
    0108 {US} P01 600 11 2509A01 -
    0108 {US} P05 300 15.8 2509N02 -
    0122 {US} P10 240 14 2508L01 -
    0122 {US} P03 120 24.6 2509M04 -
    0122 {US} P02 60 18.9 2508A02 -
    0126 {US} P08 1件=60 2310 2509X07 -
    0127 {US} P07 30 74 2508C11 -
    """)], JAN, sheet_name="table 1"),
    File("D05/采购_202602.csv", utf16_be, [Flow("purchase", D05_BUY, f"""
    0205 {US} P07 60 74 2510C12 -
    0226 {US} P08 120 38.5 2509X07 -
    0226 {US} P01 400 11 2510A03 -
    0226 {US} P11 48 26.4 2509L09 -
    0227 {US} P05 100 15.8 2509N02 -
    0227 {US} P10 -12 14 2508L01 - return
    0227 {US} P06 60 30 2510N21 -
    """)], FEB, sheet_name="-"),
    File("D05/销售出库202601.xls", html_gbk, [d05_sale("""
    0106 C012 P01 200 12.5 2509A01 270831 span=3
    0107 C012 P05 90 18.2 2509N02 280831
    0108 C012 P07 20 86 2508C11 270731
    0109 C013 P10 48 16 2508L01 270731
    > total 本页合计,,,,,,{qs},,{as}
    > header
    0113 C014 P03 40 28.6 2509M04 270831
    0114 C014 P05 30 18.2 2509N02 280831 | party=⍽商河县人民医院⍽
    0115 ?样品库 P01 6 0 2509A01 270831 ignored gift | doctype=赠品
    0116 C013 P02 24 21.8 2508A02 270731
    > total 本页合计,,,,,,{qs},,{as}
    > header
    0120 C012 P08 30 45 2509X07 270831
    0121 ?城关卫生院 P01 30 12.5 2509A01 270831 !unknown_customer
    0122 C014 P10 -12 16 2508L01 270731 return | doctype=销退
    > total 本页合计,,,,,,{qs},,{as}
    > total 总 计,,,,,,{q+10},,{a}
    """)], JAN, sheet_name="table 1"),
    File("D05/销售出库202602.xls", utf16_tsv, [d05_sale("""
    0203 C012 P01 160 12.5 2510A03 270930
    0204 C013 P05 60 18.2 2509N02 280831
    0205 C014 P10 36 16 2508L01 270731
    0210 C012 P07 24 86 2510C12 270930
    0211 C014 P03 3条=? 28.6 2509M04 270831 !unit_unknown
    0224 C013 P11 30 30 2509L09 270831
    """)], FEB, sheet_name="-"),
]

# --------------- D06: XML Spreadsheet 2003, name with spec and maker in one column, cases of two sizes

D06_SALE = (
    "业务日期=date:cell|往来单位名称=party|品名/规格/生产厂商=name|包装单位=unit|件装量=pack|数量=qty"
    "|含税单价=price|金额=amount|批号=lot|效期=expiry:%Y年%-m月"
)
D06_NAMES = {
    "C015": {"party": "青岛八医"},
    "P01": {"name": "阿莫西林胶囊/0.25g*24粒/燕山康泽", "pack": "400"},
    "P03": {"name": "盐酸二甲双胍缓释片/0.5g*30片/燕山康泽", "pack": "200"},
    "P09": {"name": "清热解毒软胶囊/1.2g*20粒/燕山康泽"},
    "P10": {"name": "氯雷他定片/10mg*12片/燕山康泽", "pack": "240"},
    "P11": {"name": "氯雷他定片/10mg*24片/燕山康泽", "pack": "240"},
}
D06_STOCK = "库存提取日期=date:cell|商品全名=name|规格=spec|单位=unit|库存总数量=qty|批号=lot|有效期至=expiry:cell"


def xlsx_1904(sheets):
    return xlsx(sheets, epoch_1904=True)


D06 = [
    File("D06/库存202601.xlsx", xlsx_1904, [Flow("inventory", D06_STOCK, """
    0131 - P01 180 - 2509A01 270831
    0131 - P03 95 - 2509M04 270831
    0131 - P10 60 - 2508L01 270731
    0131 - P11 24 - 2509L09 270831
    0131 - P09 60 - 2509Q05 270831
    0131 - P05 44 - 2509N02 280831
    0131 - P06 12 - 2510N21 280930
    0131 - P07 9 - 2508C11 270731
    """, sheet="库存", epoch_1904=True)], JAN),
    File("D06/库存202602.xlsx", encrypted, [Flow("inventory", D06_STOCK, """
    0228 - P01 120 - 2509A01 270831
    """, sheet="库存")], FEB, state="refused"),
    File("D06/流向202601.xls", spreadsheet_ml, [Flow("sale", D06_SALE, """
    0106 C015 P01 100 12.5 2509A01 270831
    0107 C015 P03 2件=400 5720 2509M04 270831 | pack=200
    0108 C016 P03 1件=? 5148 2509M04 270831 !unit_unknown | pack=180
    > blank
    0109 C016 P09 2件=240 2976 2509Q05 270831 | pack=120
    0113 C016 P09 1件=? 2976 2509Q05 270831 !unit_unknown
    0114 C015 P10 36 16 2508L01 270731
    0115 C016 P11 24 30 2509L09 270831
    0116 C015 P10 0 - 2508L01 270731 price_adjustment a=-24
    0119 C016 ?板蓝根颗粒/10g*20袋/其他厂 30 9.5 B2501 270131 !unknown_product
    > blank
    > total 合计,,,,,{q},,{a}
    """, sheet="流向", names=D06_NAMES, top=[["青岛海泰医药有限公司"], ["单据日期: 2026.01.01-2026.01.31"]])], JAN),
    File("D06/流向202602.xls", spreadsheet_ml, [Flow("sale", D06_SALE.replace("date:cell", "date:%d-%b-%y"), """
    0203 C015 P01 80 12.5 2509A01 270831
    0204 C016 P01 1件=400 5000 2509A01 270831
    0205 C015 P10 48 16 2508L01 270731
    0211 C016 P11 36 30 2509L09 270831
    0224 C015 P03 60 28.6 2509M04 270831
    """, sheet="流向", names=D06_NAMES, top=[["青岛海泰医药有限公司"], ["单据日期: 2026.02.01-2026.02.28"]])], FEB),
]

# ------------------------------ D07: xlsb, then a zip with a workbook and a csv; two dates, two prices

D07_SALE = (
    "出库日期=date:cell|开票日期=later:cell|客户=party|药品名称=name|商品规格=spec|包装单位=unit|数量=qty"
    "|含税\n单价=price|不含税价=extax|税率=rate|含税金额=amount|批号=lot|到期日期=expiry:cell"
)
D07_NAMES = {"C018": {"party": "江苏省人民医院(本部)"}}
D07_BUY = "采购日期=date:%Y/%m/%d|供货商名称=party|药品名称=name|商品规格=spec|包装单位=unit|数量=qty|价格=price|批号=lot"


def zip_with_gbk_names(sheets):
    books = {"销售202602.xlsx": xlsx, "采购202602.csv": lambda sheets: delimited(sheets[0].rows, "gb18030")}
    return zip_of([(sheet.member.encode("gbk"), books[sheet.member]([sheet])) for sheet in sheets])


D07 = [
    File("D07/2026年1月销售.xlsb", xlsb, [Flow("sale", D07_SALE, """
    0105 C017 P01 120 12.5 2509A01 270831
    0106 C018 P07 60 86 2508C11 270731
    0107 C018 P03 3中包=30 286 2509M04 270831
    0108 C017 P05 45 18.2 2509N02 280831
    0113 C018 P06 70 34.5 2510N21 280930
    0114 C017 P10 2中包=? 160 2508L01 270731 !unit_unknown
    0130 C018 P08 40 45 2509X07 270831
    > blank
    > total ,,合计,,,,{q},,,,{a}
    """, sheet="销售明细", names=D07_NAMES, constant={"rate": "13%"})], JAN),
    File("D07/江苏苏泰202602.zip", zip_with_gbk_names, [
        Flow("sale", D07_SALE.replace("\n", ""), """
    0203 C017 P01 100 12.5 2510A03 270930
    0204 C018 P03 5中包=50 286 2509M04 270831
    0210 C018 P07 50 86 2510C12 270930
    0211 C017 P05 60 18.2 2509N02 280831
    0225 C018 P06 -5 34.5 2510N21 280930 return
    """, sheet="销售明细", names=D07_NAMES, constant={"rate": "13%"}, member="销售202602.xlsx"),
        Flow("purchase", D07_BUY, f"""
    0204 {US} P01 1件=400 4400 2510A03 -
    0204 {US} P07 90 74 2510C12 -
    0205 {US} P06 120 30 2510N21 -
    0205 {US} P03 100 24.6 2509M04 -
    """, sheet="-", member="采购202602.csv"),
    ], FEB),
]

# ------------------------- D08: ods, then csv.gz, then the same month again in another order and format

D08_SALE = (
    "记账日期=date:%Y-%m-%d|客户名称=party|产品名称=name|产品规格=spec|产品单位=unit|销售数量=qty"
    "|无税单价=price|无税金额=amount|产品批号=lot|有效期时间=expiry:%Y-%m-%d"
)
D08_FEBRUARY = """
    0203 C020 P01 90 11.06 2510A03 270930
    0204 C019 P05 60 16.11 2509N02 280831
    0205 C020 P07 20 76.11 2510C12 270930
    0206 C019 P03 40 25.31 2509M05 270831
    0210 C019 P10 36 14.16 2508L01 270731
    0210 C019 P10 36 14.16 2508L01 270731
    0226 C020 P06 24 30.53 2510N21 280930
"""


def xlsx_inline(sheets):
    return xlsx(sheets, inline=True)


def csv_gz(sheets):
    return gzip_of(delimited(sheets[0].rows))


D08 = [
    File("D08/库存202602.xlsx", xlsx, [Flow("inventory", "库存日期=date:cell|产品名称=name|产品规格=spec|库存数量=qty|产品批号=lot", "", sheet="库存")],
         FEB, state="empty"),
    File("D08/销售202601.ods", ods, [Flow("sale", D08_SALE.replace("date:%Y-%m-%d", "date:cell"), """
    0105 C019 P01 150 11.06 2509A01 270831
    0106 C019 P05 60 16.11 2509N02 280831
    0107 C020 P07 30 76.11 2508C11 270731 | party=杭州市第一人民医院
    0108 C020 P02 20 19.29 - 270731 | party=杭州市第一人民医院; lot=/
    0113 C019 P03 30 25.31 2509M04/2509M05 270831
    0114 ?杭州市第二人民医院 P03 20 25.31 2509M04 270831 !unknown_customer
    0120 C020 P06 24 30.53 2510N21 280930 | party=杭州市第一人民医院
    > total 累计,,,,,{q},,{a}
    """, sheet="Sheet1", names={"C019": {"party": "市第一医院"}},
        top=[["浙江浙康医药有限公司", None, "2026-01-01 至 2026-01-31"]])], JAN),
    File("D08/销售202602.csv.gz", csv_gz, [Flow("sale", D08_SALE, D08_FEBRUARY, names={"C020": {"party": "市第一医院"}})],
         FEB, sheet_name="-"),
    File("D08/销售202602_重传.xlsx", xlsx_inline, [Flow(
        "sale", D08_SALE.replace("date:%Y-%m-%d", "date:cell"), "\n".join(reversed(D08_FEBRUARY.strip().splitlines())),
        names={"C020": {"party": "市第一医院"}})], FEB, state="unchanged"),
]

# -------------------------- D09: text with `;` and `|`, nothing at all in February


def semicolons(sheets):
    return delimited(sheets[0].rows, "utf-8", ";", bom=True)


def bars(sheets):
    return delimited(sheets[0].rows, "utf-8", "|")


D09 = [
    File("D09/采购_202601.txt", bars, [Flow("purchase", "入库时间=date:%Y/%m/%d|供应商名称=party|商品名称=name|商品规格=spec|采购数量=qty|价格=price|批号=lot", f"""
    0109 {US} P01 800 11 2509A01 -
    0109 {US} P07 60 74 2508C11 -
    0122 {US} P12 100 58 2509O01 -
    0123 {US} P05 150 15.8 2509N02 -
    0123 {US} P10 120 14 2508L01 -
    0126 {US} P11 48 26.4 2509L09 -
    0126 {US} P03 60 24.6 2509M04 -
    """)], JAN, sheet_name="-"),
    File("D09/销售_202601.csv", semicolons, [Flow("sale", (
        "日期=date:%-m/%-d/%Y|客户名称=party|商品编码=code|商品名称=name|商品规格=spec|数量(盒)=qty"
        "|含税价=price|总金额=amount|LOT=lot|有效期至=expiry:%Y%m"), """
    0105 C021 P01 240 12.5 2509A01 270831 | code=6.92E+12
    0106 C021 P07 30 86 2508C11 270731 | name=头孢曲松
    0108 C022 P12 40 68 2509O01 270831
    0112 C034 P10 60 16 2508L01 270731
    0115 C034 P11 24 30 2509L09 270831 | party=大参林药店（体育西路店）
    0119 C021 P05 100 18.2 2509N02 280831
    0120 ?大参林药店(天河北路店) P10 48 16 2508L01 270731 !unknown_customer
    0128 C021 P01 -40 12.5 2509A01 270831 return | qty=40-; amount=500-
    """, names={"C021": {"party": "省人民医院"}})], JAN, sheet_name="-"),
]

FILES = D05 + D06 + D07 + D08 + D09
