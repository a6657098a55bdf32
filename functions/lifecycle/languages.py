"""The languages that custom NER projects and documents may be in."""

LANGUAGES: dict[str, str] = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "as": "Assamese", "az": "Azerbaijani", "be": "Belarusian",
    "bg": "Bulgarian", "bn": "Bengali", "br": "Breton", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh",
    "da": "Danish", "de": "German", "el": "Greek", "en-gb": "English (UK)", "en-us": "English (US)", "eo": "Esperanto",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fil": "Filipino",
    "fr": "French", "fy": "Western Frisian", "ga": "Irish", "gd": "Scottish Gaelic", "gl": "Galician",
    "gu": "Gujarati", "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "hy": "Armenian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "jv": "Javanese", "ka": "Georgian",
    "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "ku": "Kurdish (Kurmanji)", "ky": "Kyrgyz",
    "la": "Latin", "lo": "Lao", "lt": "Lithuanian", "lv": "Latvian", "mg": "Malagasy", "mk": "Macedonian",
    "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "my": "Burmese", "nb": "Norwegian (Bokmål)",
    "ne": "Nepali", "nl": "Dutch", "or": "Odia", "pa": "Punjabi", "pl": "Polish", "ps": "Pashto",
    "pt-br": "Portuguese (Brazil)", "pt-pt": "Portuguese (Portugal)", "ro": "Romanian", "ru": "Russian",
    "sa": "Sanskrit", "sd": "Sindhi", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "so": "Somali",
    "sq": "Albanian", "sr": "Serbian", "su": "Sundanese", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "te": "Telugu", "th": "Thai", "tr": "Turkish", "ug": "Uyghur", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek",
    "vi": "Vietnamese", "xh": "Xhosa", "yi": "Yiddish", "zh-hans": "Chinese (Simplified)",
    "zh-hant": "Chinese (Traditional)",
}  # fmt: skip
"""Code, in lower case, to English name."""

_MAX_CODE = 35
"""Characters; what RFC 5646 asks everybody to have room for."""
_PRIMARY = {code.split("-")[0] for code in LANGUAGES} | {"no", "nn"}


def is_known_language(code: str) -> bool:
    """Whether documents may be marked with it: any region of a known language is fine (`en`, `en-AU`)."""
    return len(code) <= _MAX_CODE and code.lower().split("-")[0] in _PRIMARY
