import pytest
from core.permissions import Role
from core.testing.browser import screenshot, assert_accessible, assert_fits, assert_clean
pytestmark=[pytest.mark.browser]
import sys
sys.path.insert(0,'/work/wt/week')
def test_shots(open_page, demo):
    import pathlib
    for city,lang,dark,phone,tag in [("brezovo","en",False,False,"l"),("brezovo","mk",True,False,"d"),("almina","ar",False,True,"ar"),("rivemont","fr",False,True,"fr")]:
        page=open_page(storage_state=demo.state(city,Role.FOCAL_POINT,language=lang),dark=dark,phone=phone)
        for path,name in [("week","week"),("handover","hand"),("week/lapsing","lapsing"),("handover/pass","pass"),("handover?note=edit#note","note")]:
            page.goto(f"{demo.url}/{city}/{path}")
            screenshot(page,f"w-{tag}-{name}")
            try:
                assert_accessible(page); assert_fits(page); assert_clean(page)
            except AssertionError as e: print(tag,name,str(e)[:900])
        page.goto(f"{demo.url}/{city}/handover")
        page.locator("#successor").select_option(index=1)
        page.locator("#pass button").press("Enter")
        screenshot(page,f"w-{tag}-confirm")
        if not phone:
            page.goto(f"{demo.url}/{city}/week")
            pathlib.Path(f"build/pictures/w-{tag}-print.pdf").write_bytes(page.pdf(format="A4"))
        r=page.request.get(f"{demo.url}/{city}/handover.pdf")
        pathlib.Path(f"build/pictures/w-{tag}-paper.pdf").write_bytes(r.body())
