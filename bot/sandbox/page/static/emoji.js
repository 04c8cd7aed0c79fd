/** Emoji by Slack's names: the ones people use at work; what is not here stays `:name:`. */

const TABLE = `
+1 👍 -1 👎 thumbsup 👍 thumbsdown 👎 ok_hand 👌 wave 👋 raised_hand ✋ raised_hands 🙌 clap 👏 pray 🙏 muscle 💪 handshake 🤝
point_up ☝️ point_down 👇 point_left 👈 point_right 👉 point_up_2 👆 crossed_fingers 🤞 writing_hand ✍️ eyes 👀 eye 👁️
brain 🧠 speaking_head_in_silhouette 🗣️ bust_in_silhouette 👤 busts_in_silhouette 👥 raising_hand 🙋 shrug 🤷
facepalm 🤦 bow 🙇 technologist 🧑‍💻 firefighter 🧑‍🚒 detective 🕵️ construction_worker 👷 running 🏃 walking 🚶 smile 😄
grin 😁 laughing 😆 sweat_smile 😅 joy 😂 rolling_on_the_floor_laughing 🤣 slightly_smiling_face 🙂 upside_down_face 🙃
wink 😉 blush 😊 heart_eyes 😍 sunglasses 😎 nerd_face 🤓 thinking_face 🤔 thinking 🤔 face_with_raised_eyebrow 🤨
neutral_face 😐 face_with_rolling_eyes 🙄 grimacing 😬 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 exploding_head 🤯
partying_face 🥳 confused 😕 worried 😟 slightly_frowning_face 🙁 open_mouth 😮 astonished 😲 flushed 😳 fearful 😨
cold_sweat 😰 cry 😢 sob 😭 scream 😱 disappointed 😞 sweat 😓 weary 😩 rage 😡 angry 😠 skull 💀 melting_face 🫠
saluting_face 🫡 hugging_face 🤗 zipper_mouth_face 🤐 robot_face 🤖 heart ❤️ broken_heart 💔 100 💯 boom 💥 collision 💥
zzz 💤 sparkles ✨ star ⭐ fire 🔥 zap ⚡ tada 🎉 trophy 🏆 dart 🎯 white_check_mark ✅ heavy_check_mark ✔️
ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_plus_sign ➕ heavy_minus_sign ➖
heavy_multiplication_x ✖️ question ❓ exclamation ❗ heavy_exclamation_mark ❗ bangbang ‼️ interrobang ⁉️ warning ⚠️
no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 stop_sign 🛑 construction 🚧 rotating_light 🚨 vertical_traffic_light 🚦
traffic_light 🚥 sos 🆘 new 🆕 ok 🆗 information_source ℹ️ recycle ♻️ infinity ♾️ red_circle 🔴 large_orange_circle 🟠
large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 blue_circle 🔵 large_purple_circle 🟣 white_circle ⚪
black_circle ⚫ large_red_square 🟥 large_orange_square 🟧 large_yellow_square 🟨 large_green_square 🟩
large_blue_square 🟦 white_large_square ⬜ black_large_square ⬛ small_red_triangle 🔺 small_red_triangle_down 🔻
small_blue_diamond 🔹 zero 0️⃣ one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣
arrow_up ⬆️ arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ left_right_arrow ↔️ arrow_up_down ↕️ arrow_forward ▶️
arrow_backward ◀️ fast_forward ⏩ rewind ⏪ arrows_counterclockwise 🔄 arrows_clockwise 🔃 repeat 🔁
twisted_rightwards_arrows 🔀 leftwards_arrow_with_hook ↩️ arrow_right_hook ↪️ back 🔙 end 🔚 soon 🔜 pause_button ⏸️
black_square_for_stop ⏹️ black_circle_for_record ⏺️ mute 🔇 speaker 🔈 loud_sound 🔊 loudspeaker 📢 mega 📣 bell 🔔
no_bell 🔕 speech_balloon 💬 thought_balloon 💭 thread 🧵 pushpin 📌 paperclip 📎 link 🔗 chains ⛓️ scissors ✂️ memo 📝
pencil 📝 pencil2 ✏️ clipboard 📋 page_facing_up 📄 page_with_curl 📃 bookmark 🔖 label 🏷️ file_folder 📁
open_file_folder 📂 card_index_dividers 🗂️ file_cabinet 🗄️ wastebasket 🗑️ books 📚 book 📖 spiral_note_pad 🗒️
calendar 📆 date 📅 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 mag 🔍 mag_right 🔎
microscope 🔬 telescope 🔭 test_tube 🧪 satellite_antenna 📡 satellite 🛰️ bulb 💡 flashlight 🔦 key 🔑 lock 🔒 unlock 🔓
shield 🛡️ hammer 🔨 hammer_and_wrench 🛠️ wrench 🔧 gear ⚙️ toolbox 🧰 fire_extinguisher 🧯 fire_engine 🚒 ambulance 🚑
bomb 💣 compass 🧭 anchor ⚓ ship 🚢 rocket 🚀 airplane ✈️ truck 🚚 ring_buoy 🛟 computer 💻 desktop_computer 🖥️
keyboard ⌨️ printer 🖨️ floppy_disk 💾 iphone 📱 telephone ☎️ telephone_receiver 📞 pager 📟 battery 🔋 low_battery 🪫
electric_plug 🔌 camera_with_flash 📸 envelope ✉️ incoming_envelope 📨 envelope_with_arrow 📩 inbox_tray 📥
outbox_tray 📤 package 📦 moneybag 💰 hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️ timer_clock ⏲️ alarm_clock ⏰
sunny ☀️ cloud ☁️ lightning 🌩️ tornado 🌪️ snowflake ❄️ rainbow 🌈 ocean 🌊 volcano 🌋 earth_americas 🌎
globe_with_meridians 🌐 night_with_stars 🌃 crescent_moon 🌙 seedling 🌱 four_leaf_clover 🍀 dog 🐶 cat 🐱 duck 🦆 owl 🦉
unicorn_face 🦄 bee 🐝 bug 🐛 ant 🐜 spider_web 🕸️ turtle 🐢 octopus 🐙 fish 🐟 canary 🐤 coffee ☕ beer 🍺 cake 🍰 cookie 🍪
pizza 🍕 house 🏠 office 🏢 hospital 🏥 broom 🧹 checkered_flag 🏁 triangular_flag_on_post 🚩 notes 🎶 headphones 🎧
`;

const words = TABLE.trim().split(/\s+/);
const NAMES = new Map();
for (let at = 0; at < words.length; at += 2) NAMES.set(words[at], words[at + 1]);

const TONES = { 2: "🏻", 3: "🏼", 4: "🏽", 5: "🏾", 6: "🏿" };

/** The emoji of this name ("thread", "+1::skin-tone-3"), or undefined if it is not in the table. */
export function emojiFor(name) {
  const [base, tone] = name.split("::skin-tone-");
  const found = NAMES.get(base);
  return found && tone in TONES ? found.replace("\uFE0F", "") + TONES[tone] : found;
}

/** What the reaction picker offers first: the marks that Parallax reads, then the usual answers. */
export const REACTIONS = [
  { name: "thread", emoji: "🧵", label: "Open a thread from it" },
  { name: "heavy_plus_sign", emoji: "➕", label: "Evidence for" },
  { name: "heavy_minus_sign", emoji: "➖", label: "Evidence against" },
  { name: "pushpin", emoji: "📌", label: "Put it on the timeline" },
  { name: "white_check_mark", emoji: "✅", label: "Done" },
  { name: "eyes", emoji: "👀", label: "Looking" },
  { name: "+1", emoji: "👍", label: "Yes" },
  { name: "-1", emoji: "👎", label: "No" },
  { name: "raised_hands", emoji: "🙌", label: "Well done" },
  { name: "pray", emoji: "🙏", label: "Thank you" },
  { name: "thinking_face", emoji: "🤔", label: "Thinking" },
  { name: "tada", emoji: "🎉", label: "Hooray" },
];
