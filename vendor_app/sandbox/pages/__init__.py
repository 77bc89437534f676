"""The partners' side as people see it: property sites, Knock's calendar, Propexo's queue, keypads, and what can go wrong."""

from vendor_app.sandbox.pages.crm import crm
from vendor_app.sandbox.pages.faults import faults
from vendor_app.sandbox.pages.front import front
from vendor_app.sandbox.pages.keypad import keypad
from vendor_app.sandbox.pages.mail import mailbox
from vendor_app.sandbox.pages.property import property_site
from vendor_app.sandbox.pages.propexo import propexo_queue

PAGES = (front, property_site, crm, propexo_queue, mailbox, keypad, faults)
