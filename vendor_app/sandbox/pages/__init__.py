"""The partners' side as people see it: property sites, Knock's calendar, keypads, and what can go wrong."""

from vendor_app.sandbox.pages.crm import crm
from vendor_app.sandbox.pages.faults import faults
from vendor_app.sandbox.pages.front import front
from vendor_app.sandbox.pages.keypad import keypad
from vendor_app.sandbox.pages.property import property_site

PAGES = (front, property_site, crm, keypad, faults)
