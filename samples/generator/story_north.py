"""What happened at D01 to D04 (Beijing, Hebei, Tianjin) in January and February 2026."""

from decimal import Decimal

from .books import xls, xlsx
from .story import File, Flow, Other
from .text import delimited

JAN, FEB = ("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")
US = "?燕山康泽制药有限公司"

# ---------------------------------------------------------------- D01: an ordinary ERP export, xlsx

D01_SALE = (
    "销售日期=date:cell|客户编码=pcode|客户名称=party|商品名称=name|规格=spec|生产厂家=maker|单位=unit"
    "|销售数量=qty|含税单价=price|金额=amount|批号=lot|有效期至=expiry:cell|单据类型=doctype|备注=remark"
)
D01_NAMES = {
    "C001": {"party": "协和医院", "pcode": "K10001"},
    "C002": {"pcode": "K10002"},
    "C003": {"party": "北医三院", "pcode": "K10003"},
    "C004": {"party": "安贞医院", "pcode": "K10004"},
    "C005": {"party": "平谷区中医院(新)", "pcode": "K10005"},
    "P02": {"name": "泽林胶囊(大)"},
}
D01_STOCK = "商品编码=code|商品名称=name|规格=spec|批号=lot|有效期至=expiry:cell|库存数量=qty|单位=unit|库存状态=status"
D01_CODES = {id: {"code": code, "name": name} for id, code, name in [
    ("P01", "YK-A025", "泽林0.25"), ("P02", "YK-A050", "泽林0.5"), ("P05", "YK-N014", "泽压宁14"),
    ("P06", "YK-N028", "泽压宁28"), ("P07", "YK-C010", "曲松"), ("P08", "YK-X015", "泽清"), ("P10", "YK-L012", "泽敏12"),
]}
D01_BUY = (
    "入库日期=date:cell|供应商名称=party|商品名称=name|规格=spec|生产厂家=maker|单位=unit|采购数量=qty"
    "|采购价格=price|金额=amount|批号=lot|生产日期=mfg:cell|有效期=life|进货类型=doctype"
)


def d01_sale(month, query, lines):
    return Flow(
        "sale", D01_SALE, lines, sheet="销售明细", names=D01_NAMES, constant={"doctype": "销售出库"},
        top=[["北京京康医药有限公司"], [f"查询条件: {query}", None, None, None, "制表人: 王敏"], None],
        merged=[(1, 1, 1, 14)],
    )


D01_FEBRUARY = d01_sale("2", "2026-02-01 至 2026-02-28", """
    0131 C002 P06 20 34.5 2510N21 280930 | remark=上月漏报
    0202 C001 P01 150 12.5 2510A03 270930
    0202 C002 P05 80 18.2 2509N02 280831
    0203 C003 P03 60 28.6 2509M04 270831
    0203 C004 P04 30 52 2510M05 270930
    0204 C005 P10 24 16 2508L01 270731
    0205 C001 P07 60 86 2510C12 270930
    0209 C001 P08 40 45 2509X07 270831
    0210 C002 P02 36 21.8 2508A02 270731
    0211 C003 P06 50 34.5 2510N21 280930
    0224 C004 P05 -6 18.2 2509N02 280831 return | doctype=销售退回
    0225 C003 P03 2件=400 5720 2509M04 270831
    0226 C001 P12 15 68 2509O01 270831
    0226 ?北京大学第二医院 P12 5 68 2509O01 270831 !unknown_customer
    0227 C031 P01 200 12.5 2510A03 270930 transfer | doctype=调拨出库
    > total 合计,,,,,,,{q},,{a}
""")

D01 = [
    File("D01/库存_20260131.xlsx", xlsx, [Flow("inventory", D01_STOCK, """
    0131 - P01 310 - 2509A01 270831
    0131 - P01 95 - 2510A03 270930
    0131 - P02 44 - 2508A02 270731
    0131 - P05 120 - 2509N02 280831
    0131 - P06 88 - 2510N21 280930
    0131 - P07 21 - 2508C11 270731 hidden
    0131 - P08 4 - 2509X07 270831 | status=待验
    0131 - P10 60 - 2508L01 270731
    0131 - P11 18 - 2509L09 270831 | name=氯雷他定片
    """, sheet="Sheet1", names=D01_CODES, constant={"status": "合格"},
        top=[["北京京康医药有限公司 库存结存表"]])]),
    File("D01/库存_20260228.xlsx", xlsx, [Flow("inventory", D01_STOCK, """
    0228 - P01 208 - 2509A01 270831
    0228 - P01 43 - 2510A03 270930
    0228 - P02 8 - 2508A02 270731
    0228 - P05 46 - 2509N02 280831
    0228 - P06 18 - 2510N21 280930
    0228 - P08 64 - 2509X07 270831
    0228 - P10 36 - 2508L01 270731
    0228 - P11 18 - 2509L09 270831 | name=氯雷他定片
    """, sheet="Sheet1", names=D01_CODES, constant={"status": "合格"},
        top=[["北京京康医药有限公司 库存结存表"]])]),
    File("D01/采购_202601.xlsx", xlsx, [Flow("purchase", D01_BUY, f"""
    0106 {US} P01 2件=800 4400 2509A01 270831
    0106 {US} P05 300 15.8 2509N02 280831
    0107 {US} P07 90 74 2508C11 270731
    0113 {US} P02 100 18.9 2508A02 270731
    0113 {US} P08 60 38.5 2509X07 270831
    0120 {US} P03 200 24.6 2509M04 270831
    0120 {US} P06 150 30 2510N21 280930
    0128 {US} P07 -10 74 2508C11 270731 return | doctype=购进退出
    """, names={}, constant={"doctype": "购进"}, top=[["采购入库明细表", None, "2026年1月"]])], JAN),
    File("D01/采购_202602.xlsx", xlsx, [Flow("purchase", D01_BUY, f"""
    0203 {US} P01 1件=400 4400 2510A03 270930
    0203 {US} P07 60 74 2510C12 270930
    0210 {US} P08 100 38.5 2509X07 270831
    0210 {US} P04 50 45 2510M05 270930
    0224 ?国药准康大药房 P12 40 58 2509O01 270831
    0225 {US} P03 1件=200 4920 2509M04 270831
    0226 {US} P07 -6 74 2510C12 270930 return | doctype=采退
    0227 {US} P05 60 15.8 2509N02 280831
    """, constant={"doctype": "购进"}, top=[["采购入库明细表", None, "2026年2月"]])], FEB),
    File("D01/销售流向_202601.xlsx", xlsx, [d01_sale("1", "2026-01-01 至 2026-01-31", """
    0104 C001 P01 120 12.5 2509A01 270831
    0105 C001 P07 30 86 2508C11 270731
    0105 C002 P05 60 18.2 2509N02 280831
    0106 C003 P03 40 28.6 2509M04 270831
    0106 C004 P05 50 18.2 2509N02 280831 | spec=5mg×14片
    0107 C005 P10 36 16 2508L01 270731
    0107 C002 P06 45 34.5 2510N21 280930 | spec=5mgＸ28片/盒
    0108 C002 P02 24 21.8 2508A02 270731
    0108 C001 P01 1件=400 5000 2509A01 270831
    0109 C003 P05 280片=20 1.3 2509N02 280831
    0112 C003 P05 21片=1.5 1.3 2509N02 280831
    0112 C001 P01 -10 12.5 2509A01 270831 return | doctype=销售退回
    0113 C002 P05 5 18.2 2509N02 280831 !sign_ambiguous return | doctype=销售退回
    0113 C002 P05 0 18.2 - - price_adjustment a=-60 | doctype=退补价
    0114 C004 P08 5 0 2509X07 270831 gift | doctype=赠品
    0114 C031 P01 300 12.5 2509A01 270831 transfer | doctype=调拨
    0115 C003 P10 0 16 - - zero
    0115 C001 ?阿司匹林肠溶片;100mg*30片 40 12 BJ24110 270331 ignored | maker=拜耳医药保健有限公司
    0116 ?北京大学第二医院 P03 12 28.6 2509M04 270831 !unknown_customer
    0116 ?北京市健宫医院 P03 10 28.6 2509M04 270831 !unknown_customer
    0119 C002 ?复方丹参滴丸;27mg*180丸 30 25 Z2501 270731 !unknown_product
    0119 C003 ?阿莫西林胶囊 20 12.5 2509A01 270831 !ambiguous_product
    0120 - P05 8 18.2 2509N02 280831 !missing_key
    0121 C004 P07 2 2580 2508C11 270731 !unit_suspected
    0122 C004 P08 12 45 - 270831 | lot=#N/A
    0123 C002 P12 48粒=? 2.84 2509O01 270831 !unit_unknown
    > total 合 计,,,,,,,{q},,{a}
    """)], JAN),
    File("D01/销售流向_202602.xlsx", xlsx, [D01_FEBRUARY], FEB),
    File("D01/销售流向_202602_重发.xlsx", xlsx, [D01_FEBRUARY], FEB, state="duplicate"),
]

# ------------------------------------------------ D02: xls of Excel 97-2003, merged cells, two-row header

D02_SALE = (
    "日期=date:%y-%m-%d|客户编码=pcode|客户名称=party|商品编码=code|商品名称=name|规格=spec|单位=unit"
    "|数量=qty|单价=price|金额=amount|批号=lot|有效期至=expiry:%Y/%m/%d"
)
D02_HEADER = [
    ["日期", "客户编码", "客户名称", "商品编码", "商品名称", "规格", "单位", "销售", None, None, "批号", "有效期至"],
    [None, None, None, None, None, None, None, "数量", "单价", "金额", None, None],
]
D02_NAMES = {
    "C006": {"party": "河北医大二院"}, "C008": {"party": "保定市一中心", "pcode": "KH0008"},
    "C027": {"party": "老百姓中山路店"}, "P04": {"name": "二甲双胍缓释片"},
}
D02_BUY = "采购日期=date:cell|供货单位=party|存货名称=name|规格型号=spec|计量单位=unit|数量=qty|价税合计=amount|批次号=lot|进货类型=doctype"
D02_STOCK = "存货名称=name|规格型号=spec|批次号=lot|结存=|库存数量=qty|计量单位=unit"


def d02_sale(month, lines):
    across = [(2, c, 3, c) for c in (1, 2, 3, 4, 5, 6, 7, 11, 12)]
    return Flow(
        "sale", D02_SALE, lines, sheet="流向", names=D02_NAMES, header=D02_HEADER, hidden_columns=[4],
        top=[[f"河北燕康医药有限公司2026年{month}月销售流向"]], merged=[(1, 1, 1, 12), (2, 8, 2, 10), *across],
    )


D02 = [
    File("D02/2026年1月流向.xls", xls, [d02_sale(1, """
    0105 C006 P01 200 12.5 2509A01 270831 span=3
    0112 C006 P04 40 52 2510M05 270930
    0119 C006 P07 20 86 2508C11 270731
    > total ,,小计,,,,,{qs},,{as}
    0106 C007 P05 90 18.2 2509N02 280831 span=2
    0120 C007 ?二甲双胍缓释片;0.5g*30片 30 28.6 2509M04 270831 !unknown_product
    > total ,,小 计,,,,,{qs},,{as}
    0107 C008 P02 60 21.8 2508A02 270731 | code=n:690000000002800123
    0121 C027 P10 48 16 2508L01 270731
    0122 C027 ?硝苯地平控释片;30mg*7片 20 30.1 BJ5512 270430 ignored
    0122 ?城关镇卫生院 P01 30 12.5 2509A01 270831 !ambiguous_customer
    0123 ?石家庄市第二医院 P05 40 18.2 2509N02 280831 !unknown_customer
    > total ,,合计,,,,,{q},,{a}
    """)], JAN),
    File("D02/2026年2月流向.xls", xls, [d02_sale(2, """
    0203 C006 P01 160 12.5 2510A03 270930 span=2
    0210 C006 P07 30 86 2510C12 270930
    > total ,,小计,,,,,{qs},,{as}
    0204 C007 P05 100 18.2 2509N02 280831
    0205 C007 P05 100 18.2 2509N02 280831
    0205 C007 P05 100 18.2 2509N02 280831
    0211 C027 P11 24 30 2509L09 270831
    0224 C027 P10 -12 16 2508L01 270731 return
    > total ,,小计,,,,,{qs},,{as}
    > total ,,合计,,,,,{q},,{a}
    """)], FEB),
    File("D02/保定康源2026年2月销售.xlsx", xlsx, [Flow("sale", "销售日期=date:cell|客户名称=party|商品名称=name|规格=spec|数量=qty|批号=lot", """
    0203 C008 P01 20 - 2509A01 -
    0210 C008 P05 30 - 2509N02 -
    """, top=[["保定康源医药有限公司 销售明细"]])], FEB, state="wrong_distributor"),
    File("D02/库存20260131.xls", xls, [Flow("inventory", D02_STOCK, """
    0131 - P01 420 - 2509A01 -
    0131 - P02 75 - 2508A02 -
    0131 - P05 210 - 2509N02 -
    0131 - P07 55 - 2508C11 -
    0131 - P10 12 - 2508L01 -
    0131 - P06 150 - 2510N21 - | spec=5mg*28片/盒
    0131 - P11 36 - 2509L09 -
    0131 - P12 10 - - - | lot=-
    0131 - P08 40 - 2509X07 -
    """, sheet="库存")]),
    File("D02/库存20260228.xls", xls, [Flow("inventory", D02_STOCK, """
    0228 - P01 260 - 2509A01 -
    0228 - P02 75 - 2508A02 -
    0228 - P05 0 - 2509N02 - zero
    0228 - P07 25 - 2510C12 -
    0228 - P10 24 - 2508L01 -
    0228 - P06 150 - 2510N21 -
    0228 - P11 60 - 2509L09 -
    0228 - P08 40 - 2509X07 -
    """, sheet="库存")]),
    File("D02/采购入库202601.xls", xls, [Flow("purchase", D02_BUY, f"""
    0108 {US} P01 600 - 2509A01 - a=6600
    0108 {US} P05 300 - 2509N02 - a=4740
    0115 ?北京京康医药有限公司 P01 300 - 2509A01 - a=3750
    0115 {US} P07 75 - 2508C11 - a=5550
    0130 - P10 2 - 2508L01 - stock_adjustment | doctype=盘盈
    0130 {US} P08 60 - 2509X07 - a=2310
    0130 {US} P06 1件=150 - 2510N21 - a=4500
    0130 {US} P07 -3 - 2508C11 - return a=-222 | doctype=采购退货
    """, sheet="采购", constant={"doctype": "采购入库"})], JAN),
    File("D02/采购入库202602.xls", xls, [Flow("purchase", D02_BUY, f"""
    0206 {US} P11 48 - 2509L09 - a=1248
    0206 {US} P05 100 - 2509N02 - a=1580
    0227 ?北京京康医药有限公司 P01 200 - 2510A03 - a=2500
    0227 {US} P10 120 - 2508L01 - a=1680
    0227 {US} P07 30 - 2510C12 - a=2220
    0227 ?北京京康医药有限公司 P02 24 - 2508A02 - a=456
    0228 {US} P03 60 - 2509M04 - a=1476
    """, sheet="采购", constant={"doctype": "采购入库"})], FEB),
]

# --------------------------------------- D03: GB18030 csv, numbers as text, and a correction of January


def gb18030(sheets):
    return delimited(sheets[0].rows, "gb18030")


D03_SALE = (
    "记帐曰期=date:%Y.%m.%d|业务单位名称=party|统一信用代码=tax|商品编码=code|品名=name|规格=spec|单位=unit"
    "|数量=qty:text|单价=price:text|价税合计=amount:text|批号=lot|有效期至=expiry:%Y.%m"
)
D03_NAMES = {"C006": {"party": "河北医大附二"}, "C007": {"party": "石市一院", "tax": None}, "C027": {"tax": None},
             "P05": {"code": "SP-0205", "name": "络活(国产)"}}
D03_BUY = "到货=|入库日期=date:%Y%m%d|供应商=party|品名=name|规格=spec|单位=unit|数量=qty:text|金额=amount:text|批号=lot"
D03_JANUARY = """
    0104 C007 P01 1200 12.5 2509A01 270831 | qty=1,200; amount=15,000.00
    0105 C006 P05 60 18.2 2509N02 280831
    0106 C006 P07 12 86 2508C11 270731 | qty=12盒; price=￥86.00
    0107 C027 P10 36 16 2508L01 270731 | qty=３６; party=老百姓大药房（中山路店）
    0108 C007 P01 -120 12.5 2509A01 270831 return | qty=(120)
    0109 C007 P02 -12 21.8 2508A02 270731 return | qty=12-
    0112 C006 P02 -6 21.8 2508A02 270731 return | qty=－6
    0113 C007 P03 30 28.6 2509M04 270831 | lot=批号:2509m04; spec=０.５g＊３０片
    0114 C027 P06 20 34.5 - 280930 | lot=无
    0115 C007 P05 ? 18.2 2509N02 280831 !bad_quantity a=218.4 | qty=12O
    0116 C007 P05 10 - 2509N02 280831 !bad_price a=182 | price=面议
    0119 C006 P10 10 16 2508L01 270731 !bad_amount a=- | amount=16o.oo
    - C006 P10 24 16 2508L01 270731 !bad_date | date=2026.13.40
    0121 C007 ?蒙脱石散;3g*10袋 50 9.8 BF25101 270630 ignored
    0122 C007 P08 5 45 2509X07 270831 | name=盐酸氨溴索⌁注射液; spec=2ml：15mg*10支⍽; lot=LOT2509X07
"""
# The correction: 4 Jan was 1,020 instead of 1,200; the return of 9 Jan is gone; the quantity of 15 Jan
# and the amount of 19 Jan can be read; 23 Jan is new. Everything else stands as it was.
D03_CORRECTION = """
    0104 C007 P01 1020 12.5 2509A01 270831 | qty=1,020; amount=12,750.00
    0105 C006 P05 60 18.2 2509N02 280831
    0106 C006 P07 12 86 2508C11 270731 | qty=12盒; price=￥86.00
    0107 C027 P10 36 16 2508L01 270731 | qty=３６; party=老百姓大药房（中山路店）
    0108 C007 P01 -120 12.5 2509A01 270831 return | qty=(120)
    0112 C006 P02 -6 21.8 2508A02 270731 return | qty=－6
    0113 C007 P03 30 28.6 2509M04 270831 | lot=批号:2509m04; spec=０.５g＊３０片
    0114 C027 P06 20 34.5 - 280930 | lot=无
    0115 C007 P05 12 18.2 2509N02 280831
    0116 C007 P05 10 - 2509N02 280831 !bad_price a=182 | price=面议
    0119 C006 P10 10 16 2508L01 270731
    - C006 P10 24 16 2508L01 270731 !bad_date | date=2026.13.40
    0121 C007 ?蒙脱石散;3g*10袋 50 9.8 BF25101 270630 ignored
    0122 C007 P08 5 45 2509X07 270831 | name=盐酸氨溴索⌁注射液; spec=2ml：15mg*10支⍽; lot=LOT2509X07
    0123 C027 P11 18 30 2509L09 270831
    0123 C006 P06 15 34.5 2510N21 280930
"""

D03 = [
    File("D03/流向_202601.csv", gb18030, [Flow("sale", D03_SALE, D03_JANUARY, names=D03_NAMES)], JAN, sheet_name="-"),
    File("D03/流向_202601_更正.csv", gb18030, [Flow("sale", D03_SALE, D03_CORRECTION, names=D03_NAMES)], JAN, sheet_name="-"),
    File("D03/流向_202602.csv", gb18030, [Flow("sale", D03_SALE, """
    0202 C007 P01 300 12.5 2510A03 270930
    0203 C006 P05 80 18.2 2509N02 280831
    0204 C006 P07 24 86 2510C12 270930 | lot=#2510C12
    0210 C027 P10 24 16 2508L01 270731
    0210 C027 P10 24 16 2508L01 270731
    0211 C007 P08 30 45 - 270831 | lot=详见备注
    0225 ?石家庄市第二医院 P03 20 28.6 2509M04 270831 !unknown_customer
    """, names=D03_NAMES)], FEB, sheet_name="-"),
    File("D03/采购_202601.csv", gb18030, [Flow("purchase", D03_BUY, """
    0105 C031 P01 1500 - 2509A01 - a=17250
    0105 C031 P05 200 - 2509N02 - a=3300
    0112 C031 P07 30 - 2508C11 - a=2280
    0112 ?北京京康医药有限公司 P10 120 - 2508L01 - a=1680
    0119 C031 P06 1件=150 - 2510N21 - a=4650
    0120 C031 P03 40 - 2509M04 - a=1040
    0121 C031 P08 20 - 2509X07 - a=800
    0121 C031 P11 24 - 2509L09 - a=648
    """)], JAN, sheet_name="-"),
    File("D03/采购_202602.csv", gb18030, [Flow("purchase", D03_BUY, """
    0203 C031 P01 400 - 2510A03 - a=4600
    0203 C031 P08 60 - 2509X07 - a=2340
    0224 C031 P11 48 - 2509L09 - a=1260
    0225 C031 P05 120 - 2509N02 - a=1980
    0225 C031 P07 24 - 2510C12 - a=1848
    0226 ?北京京康医药有限公司 P10 60 - 2508L01 - a=840
    0226 C031 P01 -20 - 2510A03 - return a=-230
    0227 C031 P02 36 - 2508A02 - a=720
    """)], FEB, sheet_name="-"),
]

# --------------------------------------------------- D04: one book with everything, xlsx then xlsm

D04_SALE = (
    "出库日期=date:moment|单位全名=party|药品通用名=name|规格=spec|批准文号=approval|条形码=barcode|单位=unit"
    "|发货数量=qty|单价=price|金额=amount|批号=lot|有效期至=expiry:%Y-%m-%d"
)
D04_BUY = "购进日期=date:serial|供应商名称=party|药品通用名=name|规格=spec|单位=unit|数量=qty|单价=price|批号=lot"
D04_STOCK = "库存日期=date:cell|药品通用名=name|规格=spec|单位=unit|库存数量=qty|批号=lot"
D04_NAMES = {
    "C010": {"party": "天津一中心"}, "C011": {"party": "总医院"},
    "P11": {"name": "泽敏片"}, "P10": {"name": "泽敏片"}, "P03": {"name": "缓释二甲双胍", "approval": None},
}


def d04_cover(month):
    return Other("说明", [["天津津泰医药有限公司"], [f"2026年{month}月月报"], ["本表含销售、采购、库存三张工作表"], ["联系人: 李强"]])


D04_PIVOT = Other("透视", [["客户", "求和项"], ["天津一中心", Decimal("412")], ["总医院", 260]], hidden=True)


def xlsm(sheets):
    return xlsx(sheets, macro=True)


D04 = [
    File("D04/202601_天津津泰_月报.xlsx", xlsx, [
        d04_cover(1),
        Flow("sale", D04_SALE, """
    0106 C010 P01 200 12.5 2509A01 270831 | barcode=n:6900000000011
    0107 C010 P11 24 30 2509L09 270831
    0108 C011 P10 36 16 2508L01 270731
    0109 C011 P03 50 28.6 2509M04 270831 | barcode=n:6900000000035
    0113 C010 P05 60 18.2 12301 280831 | lot=n:12301
    0114 C011 P08 20 45 2509X07 270831 !cell_error a=900 | qty=#N/A
    0115 C010 P07 10 86 2508C11 270731 !formula_without_value a=- | amount==H9*I9
    0116 C010 P06 12 34.5 2510N21 - | expiry=#N/A
    > total 合计,,,,,,,=SUM(H2:H9),,=SUM(J2:J9)
    """, sheet="销售", names=D04_NAMES),
        Flow("purchase", D04_BUY, f"""
    0105 {US} P01 400 11 2509A01 -
    0105 {US} P05 300 15.8 12301 -
    0119 {US} P10 1件=240 3360 2508L01 -
    """, sheet="采购"),
        Flow("inventory", D04_STOCK, """
    0131 - P01 180 - 2509A01 -
    0131 - P05 240 - 012301 -
    0131 - P10 205 - 2508L01 -
    """, sheet="库存"),
        D04_PIVOT,
    ], JAN),
    File("D04/202602_天津津泰_月报.xlsm", xlsm, [
        d04_cover(2),
        Flow("sale", D04_SALE, """
    0203 C010 P01 160 12.5 2509A01 270831
    0204 C011 P10 48 16 2508L01 270731
    0210 C011 P11 36 30 2509L09 270831
    0211 C010 P05 60 18.2 012301 280831
    0225 ?天津市第二中心医院 P05 30 18.2 012301 280831 !unknown_customer
    """, sheet="销售", names=D04_NAMES),
        Flow("purchase", D04_BUY, f"""
    0205 {US} P11 120 26.4 2509L09 -
    0205 {US} P01 200 11 2510A03 -
    """, sheet="采购"),
        Flow("inventory", D04_STOCK, """
    0228 - P01 220 - 2510A03 -
    0228 - P05 150 - 012301 -
    0228 - P10 157 - 2508L01 -
    0228 - P11 84 - 2509L09 -
    """, sheet="库存"),
        D04_PIVOT,
    ], FEB),
]

FILES = D01 + D02 + D03 + D04
