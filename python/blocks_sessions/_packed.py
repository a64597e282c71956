"""What compiled code imports, for tools that pack programs: they read imports, and not compiled code."""

import asyncio
import atexit
import contextvars
import datetime
import functools
import gc
import json
import logging
import os

import blocks_sessions._warn
import blocks_sessions.aio.settle
import blocks_sessions.collected
import blocks_sessions.dataset
import blocks_sessions.display
import blocks_sessions.events
import blocks_sessions.exceptions
import blocks_sessions.export
import blocks_sessions.frames
import blocks_sessions.mask_report
import blocks_sessions.mirror
import blocks_sessions.partition
import blocks_sessions.profiles
import blocks_sessions.progress
import blocks_sessions.report
import blocks_sessions.scanning
import blocks_sessions.session
import blocks_sessions.tokens
