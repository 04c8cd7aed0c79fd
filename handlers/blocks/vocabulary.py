"""What a composer can offer while somebody types: commands, our words, shortcuts; and in words."""

COMMANDS = (
    ("/incident", "TITLE", "Declare an incident, or see the one you are in"),
    ("/incident here", "", "Make this channel the incident's"),
    ("/incident command", "", "Take command"),
    ("/incident severity", "critical, major or minor", "Say how bad it is"),
    ("/incident update:", "TEXT, next update by 23:00", "Tell everybody where it stands"),
    ("/incident handover", "", "Say where it stands, for whoever comes next"),
    ("/incident who", "", "See who is on what"),
    ("/incident catch up", "", "Catch up, privately"),
    ("/incident resolve", "TEXT", "Say that it is resolved, and how"),
    ("/incident reopen", "", "Say that it is not over"),
    ("/incident find:", "WORDS", "Look for words in incidents"),
    ("/incident help", "", "See what you can say"),
    ("/thread", "TEXT", "Open a thread, or list the open ones"),
    ("/log", "TEXT", "Put something on the record"),
    ("/sampling", "join, pause, now, status …", "Take part in a study, or see how you do"),
)
"""Command, what follows it, what it does."""

WORDS = (
    ("thread", ("new thread",), "Open a thread: an idea to look into"),
    ("for", ("evidence for", "supports"), "Something that speaks for a thread"),
    ("against", ("evidence against",), "Something that speaks against a thread"),
    ("doing", ("trying",), "An action: X, expect Y, by 02:45, else Z"),
    ("done", ("worked",), "The action is done"),
    ("failed", ("didn't work",), "The action failed"),
    ("that's it", ("confirmed",), "End the thread: this is what happened"),
    ("not it", ("ruled out",), "End the thread: this is not what happened"),
    ("no help", ("didn't help",), "End the thread: tried, and it changed nothing"),
    ("set aside", ("parked",), "End the thread: left for now"),
    ("known", ("we know",), "Something that is certain"),
    ("unknown", ("not known",), "Something nobody knows yet"),
    ("we believe", ("believe",), "Something that is assumed"),
    ("seeing", ("symptom",), "What can be seen of it"),
    ("changed", ("change",), "Something that was changed"),
    ("decided", ("decision",), "Something that was decided"),
    ("calling", ("called",), "Somebody is being called"),
    ("note", ("update",), "Anything else worth keeping"),
    ("confused", ("confusing",), "Something that makes no sense to you"),
    ("odd", ("puzzle",), "Something odd, to look at later"),
    ("improvised", ("improvising",), "Something done off the beaten track"),
    ("used", ("control used", "knob"), "A control that was used"),
    ("unsafe", (), "Something that is not safe to do now"),
    ("no more", ("stop retrying",), "Something nobody should try again"),
    ("timebox", ("time box",), "A time by which to look again"),
)
"""Word, other spellings, what it is for."""

SHORTCUTS = (
    ("declare", "Declare an incident", "global"),
    ("record", "Record this …", "message"),
    ("misled", "The tool misled …", "message"),
)
"""callback_id, name, where it is offered."""
