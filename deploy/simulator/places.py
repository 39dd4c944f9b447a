"""Some communes of Bến Tre, with their codes of 2021, and the provinces that vehicles come from. Data only."""

COMMUNES: tuple[tuple[str, str, str], ...] = (
    # code, commune, district
    ("28756", "Phường Phú Khương", "Thành phố Bến Tre"),
    ("28783", "Xã Sơn Đông", "Thành phố Bến Tre"),
    ("28786", "Xã Phú Hưng", "Thành phố Bến Tre"),
    ("28804", "Xã Tân Thạch", "Huyện Châu Thành"),
    ("28810", "Xã An Khánh", "Huyện Châu Thành"),
    ("28858", "Xã Hữu Định", "Huyện Châu Thành"),
    ("28873", "Xã Phú Phụng", "Huyện Chợ Lách"),
    ("28885", "Xã Long Thới", "Huyện Chợ Lách"),
    ("28903", "Thị trấn Mỏ Cày", "Huyện Mỏ Cày Nam"),
    ("28930", "Xã Định Thủy", "Huyện Mỏ Cày Nam"),
    ("28984", "Thị trấn Giồng Trôm", "Huyện Giồng Trôm"),
    ("28993", "Xã Mỹ Thạnh", "Huyện Giồng Trôm"),
    ("29050", "Thị trấn Bình Đại", "Huyện Bình Đại"),
    ("29056", "Xã Long Định", "Huyện Bình Đại"),
    ("29110", "Thị trấn Ba Tri", "Huyện Ba Tri"),
    ("29119", "Xã Tân Xuân", "Huyện Ba Tri"),
    ("29182", "Thị trấn Thạnh Phú", "Huyện Thạnh Phú"),
    ("29188", "Xã Đại Điền", "Huyện Thạnh Phú"),
    ("28906", "Xã Thanh Tân", "Huyện Mỏ Cày Bắc"),
    ("28909", "Xã Thạnh Ngãi", "Huyện Mỏ Cày Bắc"),
)

BIRTH_PROVINCES = ("083", "082", "079", "086", "084", "080", "074", "087", "092")
"""First three digits of a citizen's number: where the birth was registered."""

PLATES = (
    # number of the province on plates, series of trucks, series of motorbikes
    ("71", "CH", ("B1", "B2", "B3", "C1", "C2", "C3")),
    ("63", "CH", ("B1", "B2", "B5", "B8")),
    ("62", "CH", ("C1", "D1", "F1", "M1")),
    ("64", "CH", ("B1", "C1", "F1")),
    ("84", "CH", ("B1", "F1", "K1")),
    ("51", "CD", ("X1", "X2", "X3")),
    ("59", "CD", ("C1", "F1", "S1", "T1", "X1", "Y1")),
    ("61", "CH", ("B1", "C1", "E1")),
)

CARGO = ("dừa khô", "bưởi da xanh", "tôm đông lạnh", "gạo", "rau củ", "thức ăn chăn nuôi", "phân bón", "dầu ăn")
CARRIERS = ("HTX Vận tải Đồng Khởi", "Công ty Vận tải Hàm Luông", "DNTN Thành Phát", "Vận tải Cửu Long")


def carrier_id(carrier: str) -> str:
    """The registration code of one of ``CARRIERS``."""
    return f"vt-{CARRIERS.index(carrier) + 1:03}"
