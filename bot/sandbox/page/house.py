"""What all open browsers share: the workspace on show, the read marks, who came by the page."""

from typing import Protocol
from zoneinfo import available_timezones

from bot.sandbox.lines import nobody_watches
from bot.sandbox.page.marks import ReadMarks
from bot.sandbox.page.ports import Director, Shown, Vocabulary
from bot.sandbox.page.scene import Eyes
from bot.sandbox.people import Person
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import Message

LOBBY = "general"


class Watching(Protocol):
    """A browser, as the house knows it."""

    eyes: Eyes

    def touched(self, message: Message | None) -> None: ...

    def looks_through(self, eyes: Eyes) -> None: ...


class House:
    """Tells the browsers that are open what was touched, and finds people for them."""

    def __init__(self, director: Director, vocabulary: Vocabulary) -> None:
        self.director = director
        self.vocabulary = vocabulary
        self.browsers: set[Watching] = set()
        self.shown: Shown = director.shown
        self._marks = ReadMarks(self.shown.read_before)
        self._arrivals: dict[str, str] = {}
        self.shown.sandbox.watched(self.touched)
        director.watched(self._new_show, lambda: self.touched(None))

    def touched(self, message: Message | None) -> None:
        """A message came or changed, or (None) something else did."""
        for browser in self.browsers:
            browser.touched(message)

    def entered(self, by: Watching, message: Message | None) -> None:
        """Somebody typed or chose something; their other browsers show it too."""
        for browser in self.browsers:
            if browser is not by and browser.eyes.person is by.eyes.person:
                browser.touched(message)

    def eyes_of(self, person: Person) -> Eyes:
        """What this person sees of the workspace on show."""
        return Eyes(self.shown.sandbox, person, self._marks)

    def arrives(self, name: str, zone: str) -> Person:
        """Somebody new, in #general. Raises CannotAct if they cannot be called so."""
        if self.shown.sandbox.workspace.user_named(name) is not None:
            raise CannotAct(f"there is a {name} already")
        if zone not in available_timezones():
            raise CannotAct("there is no such time zone")
        self._arrivals[name] = zone
        return self._settled(name)

    def _settled(self, name: str) -> Person:
        sandbox = self.shown.sandbox
        person = sandbox.person(name, zone=self._arrivals[name])
        lobby = sandbox.channel(LOBBY, members=[person])
        self.eyes_of(person).has_read(lobby)
        sandbox.world.announce("team_join", person.user)
        return person

    def _new_show(self) -> None:
        """Another workspace: everybody goes on as who they were, if that person exists there."""
        self.shown.sandbox.watched(nobody_watches)
        self.shown = self.director.shown
        self._marks = ReadMarks(self.shown.read_before)
        self.shown.sandbox.watched(self.touched)
        for browser in list(self.browsers):
            browser.looks_through(self.eyes_of(self._again(browser.eyes.person.name)))

    def _again(self, name: str) -> Person:
        sandbox = self.shown.sandbox
        user = sandbox.workspace.user_named(name)
        if user is not None and not user.deleted:
            return sandbox.person(name)
        return self._settled(name) if name in self._arrivals else self.shown.viewer
