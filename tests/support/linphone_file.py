"""
linphone_file.py - Linphone's own library (Debian's liblinphone10) sends a file in a message, or takes one that comes.

  linphone_file.py RC URL send sip:blue@127.0.0.1 FILE      until it is delivered, or has failed
  linphone_file.py RC URL take FILE                         until one has come, and is written to FILE

RC is a configuration file of Linphone, URL its file transfer server. Prints the states that messages pass through, and "ready"
once it runs. linphonec has no command for files, so its library is called.
"""
import ctypes
import sys
import time

library = ctypes.CDLL('liblinphone.so.10')
pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
SECONDS = 40


def call(name, result, *pairs):
    function = getattr(library, 'linphone_' + name)
    function.restype, function.argtypes = result, [kind for kind, _ in pairs]
    return function(*[value for _, value in pairs])


def say(*words):
    print(*words, flush=True)


rc, url, what, *rest = sys.argv[1:]
factory = call('factory_get', pointer)
core = call('factory_create_core_3', pointer, (pointer, factory), (text, rc.encode()), (text, None), (pointer, None))
call('core_set_file_transfer_server', None, (pointer, core), (text, url.encode()))
messages = []


@ctypes.CFUNCTYPE(None, pointer, pointer, pointer)
def on_message(_core, _room, message):
    content = call('chat_message_get_file_transfer_information', pointer, (pointer, message))
    if not content:
        return
    call('chat_message_ref', pointer, (pointer, message))
    say('told of', call('content_get_name', text, (pointer, content)).decode())
    call('content_set_file_path', None, (pointer, content), (text, rest[0].encode()))
    call('chat_message_download_content', number, (pointer, message), (pointer, content))
    messages.append(message)


callbacks = call('factory_create_core_cbs', pointer, (pointer, factory))
call('core_cbs_set_message_received', None, (pointer, callbacks), (type(on_message), on_message))
call('core_add_callbacks', None, (pointer, core), (pointer, callbacks))
call('core_start', number, (pointer, core))


def iterate(done):
    end = time.time() + SECONDS
    while not done() and time.time() < end:
        call('core_iterate', None, (pointer, core))
        time.sleep(0.02)


def registered():
    account = call('core_get_default_account', pointer, (pointer, core))
    return account and call('account_get_state', number, (pointer, account)) == 2


def passed_through(last):
    states = []

    def done():
        for message in messages[:1]:
            state = call('chat_message_state_to_string', text, (number, call('chat_message_get_state', number, (pointer, message))))
            state = state.decode().strip().removeprefix('LinphoneChatMessageState')
            if states[-1:] != [state]:
                states.append(state)
                say(state)
        return states and states[-1] in last
    return done


def send(peer, path):
    room = call('core_get_chat_room_from_uri', pointer, (pointer, core), (text, peer.encode()))
    content = call('core_create_content', pointer, (pointer, core))
    for field, value in (('type', 'image'), ('subtype', 'png'), ('name', 'ein schönes Bild.png'), ('file_path', path)):
        call('content_set_' + field, None, (pointer, content), (text, value.encode()))
    message = call('chat_room_create_file_transfer_message', pointer, (pointer, room), (pointer, content))
    call('chat_message_send', None, (pointer, message))
    messages.append(message)


iterate(registered)
say('ready')
if what == 'send':
    send(*rest)
    iterate(passed_through(('Delivered', 'NotDelivered', 'FileTransferError')))
else:
    iterate(passed_through(('FileTransferDone', 'FileTransferError')))
