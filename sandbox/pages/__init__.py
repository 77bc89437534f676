"""The partners' side as people see it: property sites, Knock's calendar, Propexo's queue, keypads, and what can go wrong."""

from sandbox.pages.crm import crm
from sandbox.pages.faults import faults
from sandbox.pages.front import front
from sandbox.pages.keypad import keypad
from sandbox.pages.mail import mailbox
from sandbox.pages.property import property_site
from sandbox.pages.propexo import propexo_queue

PAGES = (front, property_site, crm, propexo_queue, mailbox, keypad, faults)
