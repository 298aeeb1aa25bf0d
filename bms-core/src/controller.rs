//! The microcontroller's main loop: read the front end, decide, command.
