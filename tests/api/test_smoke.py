"""x"""
from tests.service_fixture import House
async def test_a(house: House) -> None:
    c = await house.client("operator")
    print(house.app.routes)
    r = await c.post("/api/alerts", json={"id":"018f0000-0000-7000-8000-000000000001","where":{"lat":25.67,"lon":-100.31}})
    print(r.status_code, r.headers, r.text)
    for who in ("operator", "P-1"):
      async with house.phone(who) as p:
        print(await p.next())
